import { setTimeout as sleep } from 'node:timers/promises'
import * as log from '@clew/log'
import { describe, expect, test } from '@jest/globals'
import { memory } from './memory.ts'

function gate() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

describe('outside a scope', () => {
  test('lines are written at once, from the level on', () => {
    const { logger, messages } = memory()
    logger.debug('no')
    logger.info('a')
    logger.print('b')
    logger.warn('c')
    logger.error('d')
    logger.fatal('e')
    expect(messages()).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('an error line carries the error, and its message where none is given', () => {
    const { logger, lines } = memory()
    const error = new TypeError('broken')
    logger.error(error)
    logger.error(error, 'saving failed', { id: 1 })
    logger.error('only words', { id: 2 })
    logger.error('a thrown string', 'failed')
    logger.error(undefined, 'no error')
    expect(lines.map(({ msg, level }) => [level, msg])).toEqual([
      ['error', 'broken'],
      ['error', 'saving failed'],
      ['error', 'only words'],
      ['error', 'failed'],
      ['error', 'no error'],
    ])
    expect(lines[1]?.fields).toEqual({
      err: { type: 'TypeError', message: 'broken', stack: error.stack },
      id: 1,
    })
    expect(lines[2]?.fields).toEqual({ id: 2 })
    expect(lines[3]?.fields).toEqual({ err: 'a thrown string' })
    expect(lines[4]?.fields).toEqual({})
  })

  test('the level changes at run time, for children too', () => {
    const { logger, messages } = memory()
    const child = logger.child({ part: 'db' })
    child.debug('no')
    expect(child.isEnabled('debug')).toBe(false)
    logger.level = 'debug'
    child.debug('yes')
    expect(child.isEnabled('debug')).toBe(true)
    child.level = 'error'
    logger.warn('no')
    expect(messages()).toEqual(['yes'])
    expect(logger.level).toBe('error')
  })
})

test('a child of a child of a child has the fields of all, the last one of a name', () => {
  const { logger, lines } = memory({ fields: { svc: 'orders', part: 'main' } })
  let child = logger
  for (let i = 0; i < 100_000; i++) child = child.child(i % 2 === 0 ? { i } : { part: `p${i}` })
  child.info('deep')
  expect(lines[0]?.fields).toEqual({ svc: 'orders', part: 'p99999', i: 99_998 })
  logger
    .child({ order: { id: 1 } })
    .child({ list: [1] })
    .info('nested')
  expect(lines[1]?.fields).toMatchObject({ part: 'main', order: { id: 1 }, list: [1] })
})

describe('a scope', () => {
  test('that goes well writes nothing but warnings and prints, and they release nothing', () => {
    const { logger, messages } = memory()
    const result = logger.scope({ job: 1 }, () => {
      logger.info('held')
      logger.warn('careful')
      logger.print('said')
      return 42
    })
    expect(result).toBe(42)
    expect(messages()).toEqual(['careful', 'said'])
    expect(logger.dropped).toBe(0)
  })

  test('with an error writes what it held first, in order, and nothing waits any more', () => {
    const { logger, lines, messages } = memory({ fields: { svc: 'orders' } })
    logger.scope({ job: 1 }, () => {
      logger.info('one', { a: 1 })
      logger.child({ part: 'db' }).info('two')
      logger.error(new Error('boom'), 'three')
      logger.info('four')
      expect(messages()).toEqual(['one', 'two', 'three', 'four'])
    })
    expect(messages()).toEqual(['one', 'two', 'three', 'four', 'end'])
    expect(lines[0]?.fields).toEqual({ svc: 'orders', job: 1, a: 1 })
    expect(lines[1]?.fields).toEqual({ svc: 'orders', part: 'db', job: 1 })
  })

  test('fatal releases too', () => {
    const { logger, messages } = memory()
    logger.scope({}, () => {
      logger.info('held')
      logger.fatal('over')
    })
    expect(messages()).toEqual(['held', 'over', 'end'])
  })

  test('shows what was true when a line was logged', () => {
    const { logger, lines } = memory()
    logger.scope({}, () => {
      const order = { state: 'new', items: [{ sku: 'a' }] }
      const error = new Error('first')
      const map = new Map([['a', { b: 1 }]])
      const wide = { list: Array.from({ length: 100 }, (_, i) => ({ i })) }
      const fields: Record<string, unknown> = { order, error, map, wide, count: 1 }
      logger.info('held', fields)
      map.set('a', { b: 2 })
      for (const item of wide.list) item.i = -1
      order.state = 'paid'
      order.items.push({ sku: 'b' })
      error.message = 'second'
      fields['count'] = 2
      const before = Date.now()
      logger.flush()
      expect(lines[0]?.time).toBeLessThanOrEqual(before)
    })
    expect(lines[0]?.fields).toMatchObject({
      order: { state: 'new', items: [{ sku: 'a' }] },
      error: { message: 'first' },
      map: { a: { b: 1 } },
      wide: { list: expect.arrayContaining([{ i: 99 }]) },
      count: 1,
    })
  })

  test('that throws is released, ends with the error, and throws on', async () => {
    const { logger, lines, messages } = memory()
    const error = new Error('boom')
    expect(() =>
      logger.scope({}, () => {
        logger.info('sync')
        throw error
      }),
    ).toThrow(error)
    await expect(
      logger.scope({}, async () => {
        await sleep(1)
        logger.info('async')
        throw error
      }),
    ).rejects.toBe(error)
    expect(messages()).toEqual(['sync', 'end', 'async', 'end'])
    expect(lines[1]).toMatchObject({ level: 'error', fields: { err: { message: 'boom' } } })
  })

  test.each<[string, (logger: log.Logger, error: unknown) => unknown]>([
    [
      'caught, synchronous',
      (logger, error) => {
        try {
          logger.scope({ id: 2 }, () => {
            throw error
          })
        } catch {}
      },
    ],
    [
      'caught, asynchronous',
      (logger, error) => logger.scope({ id: 2 }, async () => Promise.reject(error)).catch(() => {}),
    ],
    [
      'caught after its outer scope has ended',
      (logger, error) => {
        setImmediate(() => logger.scope({ id: 2 }, () => Promise.reject(error)).catch(() => {}))
        return undefined
      },
    ],
  ])('a part of a scope that throws names its error once: %s', async (_name, act) => {
    const { logger, lines } = memory()
    await logger.scope({ request: 1 }, () => {
      logger.info('outer')
      return act(logger, new Error('boom'))
    })
    await new Promise(setImmediate)
    const named = lines.filter((line) => line.fields['err'] !== undefined)
    expect(named).toEqual([
      expect.objectContaining({
        level: 'error',
        msg: 'end',
        fields: {
          request: 1,
          id: 2,
          err: expect.objectContaining({ message: 'boom' }),
          time_ms: expect.any(Number),
        },
      }),
    ])
  })

  test('each of several scopes that an error passes through names it', () => {
    const { logger, lines } = memory()
    expect(() =>
      logger.scope({ a: 1 }, () =>
        logger.scope({ b: 1 }, () => {
          logger.set({ user: 'u1' })
          logger.info('held')
          throw new Error('boom')
        }),
      ),
    ).toThrow('boom')
    expect(lines.map(({ level, msg, fields }) => [level, msg, Object.keys(fields)])).toEqual([
      ['info', 'held', ['a', 'b']],
      ['error', 'end', ['a', 'b', 'err', 'time_ms']],
      ['error', 'end', ['a', 'err', 'user', 'time_ms']],
    ])
  })

  test('holds nothing after flush(), and warn and print before it release nothing', () => {
    const { logger, messages } = memory()
    logger.scope({}, () => {
      logger.info('held')
      logger.warn('careful')
      logger.print('printed')
      expect(messages()).toEqual(['careful', 'printed'])
      log.flush()
      logger.info('at once')
      expect(messages()).toEqual(['careful', 'printed', 'held', 'at once'])
    })
    expect(messages().at(-1)).toBe('end')
  })

  test('slower than slowMs is released', async () => {
    const { logger, lines } = memory({ hold: { slowMs: 1 } })
    await logger.scope({}, async () => {
      logger.info('held')
      await sleep(5)
    })
    expect(lines.map((line) => [line.level, line.msg, line.fields['slow']])).toEqual([
      ['info', 'held', undefined],
      ['warn', 'end', true],
    ])
  })

  test('takes the lines of any logger of its root, and of no other', () => {
    const { logger, messages } = memory()
    const other = memory()
    const outside = logger.child({ part: 'captured outside' })
    logger.scope({ job: 1 }, () => {
      outside.info('mine')
      other.logger.info('not mine')
      expect(messages()).toEqual([])
      expect(other.messages()).toEqual(['not mine'])
      other.logger.error('not mine either')
      expect(messages()).toEqual([])
      log.error('ambient')
      expect(messages()).toEqual(['mine', 'ambient'])
    })
  })

  test('inside another one shares what is held, and its fields come on top', async () => {
    const { logger, lines, messages } = memory()
    await logger.scope({ request: 1 }, async () => {
      logger.info('outer')
      await logger.scope({ step: 'a' }, async () => {
        await sleep(1)
        logger.info('inner')
      })
      logger.info('outer again')
      logger.error('late')
    })
    expect(messages()).toEqual(['outer', 'inner', 'outer again', 'late', 'end'])
    expect(lines[1]?.fields).toEqual({ request: 1, step: 'a' })
    expect(lines[2]?.fields).toEqual({ request: 1 })
  })

  test('of one root inside a scope of another leaves both reachable', () => {
    const a = memory()
    const b = memory()
    a.logger.scope({ a: 1 }, () => {
      a.logger.info('a held')
      b.logger.scope({ b: 1 }, () => {
        a.logger.info('a held too')
        b.logger.info('b held')
        a.logger.error('a failed')
      })
    })
    expect(a.messages()).toEqual(['a held', 'a held too', 'a failed', 'end'])
    expect(b.messages()).toEqual([])
  })

  test('is bounded in lines: the oldest go, and their number is a line of its own', () => {
    const { logger, lines, messages } = memory({ hold: { maxLines: 3 } })
    logger.scope({ job: 1 }, () => {
      for (let i = 1; i <= 10; i++) logger.info(`line ${i}`)
      logger.error('now')
    })
    expect(messages()).toEqual(['log lines dropped', 'line 8', 'line 9', 'line 10', 'now', 'end'])
    expect(lines[0]).toMatchObject({ level: 'warn', fields: { job: 1, dropped: 7 } })
    expect(logger.dropped).toBe(7)
  })

  test('is bounded in bytes, nested values included', () => {
    const { logger, messages } = memory({ hold: { maxBytes: 10_000 } })
    logger.scope({}, () => {
      for (let i = 0; i < 20; i++) logger.info(`${i}`, { nested: { text: 'x'.repeat(1000) } })
      logger.error('now')
    })
    expect(messages().slice(1, -2)).toEqual(['16', '17', '18', '19'])
    expect(logger.dropped).toBe(16)
  })

  test.each<[string, (logger: log.Logger, n: number) => void]>([
    ['of child loggers', (logger, n) => logger.child({ text: 'x'.repeat(1000) }).info(`${n}`)],
    [
      'of children of a child',
      (logger, n) =>
        logger
          .child({ text: 'x'.repeat(1000) })
          .child({ n })
          .info(`${n}`),
    ],
    [
      'of scopes in it',
      (logger, n) => logger.scope({ text: 'x'.repeat(1000) }, () => logger.info(`${n}`)),
    ],
  ])('is bounded in bytes, the fields %s included', (_name, line) => {
    const { logger, messages } = memory({ hold: { maxBytes: 10_000 } })
    logger.scope({}, () => {
      for (let n = 0; n < 20; n++) line(logger, n)
      logger.error('now')
    })
    expect(messages().slice(1, -2)).toEqual(['16', '17', '18', '19'])
  })

  test('counts the fields of a logger that is older than it, or that many lines share, only once', () => {
    const { logger, messages } = memory({ hold: { maxBytes: 10_000 } })
    const outside = logger.child({ text: 'x'.repeat(2000) })
    logger.scope({}, () => {
      const inside = logger.child({ text: 'y'.repeat(2000) })
      for (let n = 0; n < 10; n++) outside.info('outside')
      for (let n = 0; n < 10; n++) inside.info('inside')
      logger.error('now')
    })
    expect(messages()).toHaveLength(22)
    logger.scope({}, () => {
      // The bytes of dropped lines are available again.
      for (let n = 0; n < 1000; n++) logger.child({ text: 'x'.repeat(10_000) }).info('too much')
      for (let n = 0; n < 10; n++) logger.info('fits')
      logger.error('now')
    })
    expect(messages().slice(22)).toEqual([
      'log lines dropped',
      ...Array.from({ length: 10 }, () => 'fits'),
      'now',
      'end',
    ])
  })

  test('cuts what is wide, deep or long when it is logged, so that it does not cost other lines', () => {
    const { logger, lines, messages } = memory()
    let deep: unknown = 'bottom'
    for (let i = 0; i < 10_000; i++) deep = { deep, text: 'x'.repeat(100) }
    logger.scope({}, () => {
      logger.info('before')
      logger.info('wide', { list: Array.from({ length: 100_000 }, (_, i) => i) })
      logger.info('deep', { deep })
      logger.info('long', { nested: { text: 'x'.repeat(1_000_000) } })
      logger.error('now')
    })
    expect(messages()).toEqual(['before', 'wide', 'deep', 'long', 'now', 'end'])
    expect(lines[1]?.fields['list']).toHaveLength(201)
    expect(logger.dropped).toBe(0)
  })

  describe('that is over', () => {
    /** What `late` logs after the end of a scope, in which it was begun. */
    async function afterwards(options: log.LogOptions, late: (logger: log.Logger) => unknown) {
      const { logger, lines, messages } = memory(options)
      const { promise, resolve } = gate()
      let done: unknown
      logger.scope({ job: 1 }, () => {
        logger.info('before the end')
        done = promise.then(() => late(logger))
      })
      expect(messages()).toEqual([])
      resolve()
      await done
      return { logger, lines, messages }
    }

    test('has its late lines written at once', async () => {
      const { lines, messages } = await afterwards({}, (logger) => {
        logger.info('one')
        log.info('two')
        logger.child({ part: 'db' }).info('three')
        logger.debug('no')
      })
      expect(messages()).toEqual(['one', 'two', 'three'])
      expect(lines[2]?.fields).toEqual({ part: 'db', job: 1 })
    })

    test('has them written at once when it was released too, or an override came and went', async () => {
      const { messages } = await afterwards({}, (logger) => {
        logger.override({ level: 'debug' })()
        logger.info('one')
        logger.error('two')
        logger.info('three')
      })
      expect(messages()).toEqual(['one', 'two', 'three'])
    })

    test('does not write the debug lines of a flight recorder', async () => {
      const { messages } = await afterwards({ hold: { debug: true } }, (logger) => {
        logger.debug('no')
        logger.info('yes')
      })
      expect(messages()).toEqual(['yes'])
    })

    test('has the lines of a part written at once that is still under way', async () => {
      const { logger, lines, messages } = memory()
      const { promise, resolve } = gate()
      let part: Promise<void> | undefined
      logger.scope({ request: 1 }, () => {
        part = logger.scope({ job: 1 }, async () => {
          await promise
          logger.info('late')
        })
      })
      resolve()
      await part
      expect(messages()).toEqual(['late'])
      expect(lines[0]?.fields).toEqual({ request: 1, job: 1 })
    })

    test('leaves a scope that is opened in it to hold lines of its own', async () => {
      const { lines, messages } = await afterwards({}, async (logger) => {
        await logger.scope({ run: 1 }, async () => logger.info('good'))
        await logger.scope({ run: 2 }, async () => {
          logger.info('held')
          await logger.scope({ part: 1 }, async () => logger.info('in a part'))
          logger.error('failed')
        })
      })
      expect(messages()).toEqual(['held', 'in a part', 'failed', 'end'])
      expect(lines.map(({ fields }) => [fields['job'], fields['run']])).toEqual([
        [1, 2],
        [1, 2],
        [1, 2],
        [1, 2],
      ])
    })
  })

  test('writes what set() collects on its closing line only', () => {
    const { logger, lines } = memory()
    logger.set({ lost: 'nowhere to go' })
    logger.scope({}, () => {
      logger.set({ user: 'u1' })
      log.set({ items: 3, user: 'u2' })
      logger.error('failed')
    })
    expect(lines.map((line) => line.fields)).toEqual([
      {},
      { user: 'u2', items: 3, time_ms: expect.any(Number) },
    ])
  })

  test('holds nothing back with hold: false', () => {
    const { logger, messages } = memory({ hold: false })
    logger.scope({}, () => {
      logger.info('at once')
      expect(messages()).toEqual(['at once'])
    })
    expect(messages()).toEqual(['at once', 'end'])
  })

  test('holds nothing back at level debug, so that lines stay in order', () => {
    const { logger, messages } = memory({ level: 'debug' })
    logger.scope({}, () => {
      logger.info('a')
      logger.debug('b')
      expect(messages()).toEqual(['a', 'b'])
    })
  })
})

describe('the flight recorder', () => {
  test('holds debug lines whatever the level, and writes them when it matters', () => {
    const { logger, messages } = memory({ hold: { debug: true } })
    logger.debug('outside')
    logger.scope({}, () => {
      logger.debug('good')
      expect(logger.isEnabled('debug')).toBe(true)
    })
    expect(messages()).toEqual([])
    logger.scope({}, () => {
      logger.debug('bad')
      logger.error('failed')
      logger.debug('after')
    })
    expect(messages()).toEqual(['bad', 'failed', 'after', 'end'])
  })

  test('works below any level', () => {
    const { logger, messages } = memory({ level: 'error', hold: { debug: true } })
    logger.scope({}, () => {
      logger.info('good')
      logger.warn('held too')
    })
    expect(messages()).toEqual([])
    logger.scope({}, () => {
      logger.info('bad')
      logger.warn('held too')
      logger.error('failed')
    })
    expect(messages()).toEqual(['bad', 'held too', 'failed', 'end'])
  })
})

describe('an override', () => {
  test('without match lowers the level of everything, releases, and ends', () => {
    const { logger, messages } = memory()
    logger.scope({}, () => {
      logger.info('held')
      const end = logger.override({ level: 'debug' })
      logger.debug('seen')
      expect(messages()).toEqual(['held', 'seen'])
      end()
      end()
      logger.debug('unseen')
      logger.info('held again')
      expect(messages()).toEqual(['held', 'seen'])
    })
    const end = logger.override({ level: 'debug' })
    logger.debug('outside')
    end()
    logger.debug('unseen')
    expect(messages()).toEqual(['held', 'seen', 'outside'])
  })

  test('applies at once to jobs under way, whether they wait or not', async () => {
    const { logger, messages } = memory()
    let finish = () => {}
    const gate = new Promise<void>((resolve) => {
      finish = resolve
    })
    const jobs = Array.from({ length: 300 }, (_, n) =>
      logger.scope({ n }, async () => {
        logger.info(`job ${n}`)
        await logger.scope({ part: 1 }, () => gate)
      }),
    )
    await logger.scope({}, async () => logger.info('ended'))
    const end = logger.override({ level: 'debug' })
    expect(messages().toSorted()).toEqual(jobs.map((_, n) => `job ${n}`).toSorted())
    end()
    finish()
    await Promise.all(jobs)
    logger.scope({}, () => {
      logger.info('held')
      logger.scope({}, () => {
        logger.override({ level: 'debug' })()
        expect(messages().at(-1)).toBe('held')
      })
    })
    expect(messages()).toHaveLength(301)
  })

  test('with match leaves lines alone that belong to no request', () => {
    const { logger, messages } = memory()
    logger.override({ level: 'debug', match: () => true })
    logger.debug('outside')
    logger.scope({}, () => logger.debug('a job'))
    expect(messages()).toEqual([])
  })

  test('of an unknown level is a mistake', () => {
    const { logger } = memory()
    expect(() => logger.override({ level: 'loud' as 'debug' })).toThrow(
      expect.objectContaining({ code: 'ERR_LOG_OPTION' }),
    )
  })
})

test('10 000 interleaved scopes never mix', async () => {
  const { logger, lines } = memory()
  await Promise.all(
    Array.from({ length: 10_000 }, (_, id) =>
      logger.scope({ id }, async () => {
        log.info('first', { own: id })
        await (id % 3 === 0 ? sleep(id % 7) : Promise.resolve())
        logger.info('second', { own: id })
        await Promise.resolve()
        if (id % 10 === 0) log.error('third', { own: id })
      }),
    ),
  )
  expect(lines).toHaveLength(4 * 1000)
  for (const { fields, msg } of lines) {
    if (msg !== 'end') expect(fields['own']).toBe(fields['id'])
    expect(Number(fields['id']) % 10).toBe(0)
  }
})
