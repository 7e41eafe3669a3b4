import { EventEmitter } from 'node:events'
import * as log from '@clew/log'
import { describe, expect, test } from '@jest/globals'
import { memory } from './memory.ts'

const isOptionError = (message: string) =>
  expect.objectContaining({ code: 'ERR_LOG_OPTION', message: expect.stringContaining(message) })

/** Ways in which somebody else calls a function later. */
const callers: Readonly<Record<string, (fn: () => void) => Promise<void>>> = {
  'a pool that is released in another scope': async (fn) => fn(),
  'an emitter': async (fn) => void new EventEmitter().on('x', fn).emit('x'),
  'a timer': (fn) => new Promise((resolve) => setTimeout(() => resolve(fn()), 1)),
  'a microtask': async (fn) => {
    await Promise.resolve()
    fn()
  },
}

describe.each(Object.entries(callers))('%s', (_name, call) => {
  test('a bound function logs in the scope in which it was bound', async () => {
    const { logger, lines } = memory()
    let bound = () => {}
    const end = withResolvers()
    const job = logger.scope({ order: 1 }, async () => {
      logger.info('held')
      bound = log.bind(() => logger.info('bound'))
      await end.promise
      logger.flush()
    })
    await logger.scope({ order: 2 }, async () => {
      await call(bound)
      logger.info('not written')
    })
    expect(lines).toEqual([])
    end.resolve(undefined)
    await job
    expect(lines.map(({ msg, fields }) => [msg, fields['order']])).toEqual([
      ['held', 1],
      ['bound', 1],
      ['end', 1],
    ])
  })

  test('bound outside of any scope, it is outside', async () => {
    const { logger, lines } = memory()
    const bound = logger.bind(() => logger.info('bound'))
    await logger.scope({ order: 2 }, () => call(bound))
    expect(lines).toMatchObject([{ msg: 'bound', fields: {} }])
  })
})

function withResolvers() {
  let resolve: (value: unknown) => void = () => {}
  const promise = new Promise((done) => {
    resolve = done
  })
  return { promise, resolve }
}

test('a bound function keeps this, arguments, result, errors and length', () => {
  const bound = log.bind(function (this: { a: number }, b: number, c: number) {
    if (c < 0) throw new RangeError('c')
    return this.a + b + c
  })
  expect(bound.call({ a: 1 }, 2, 3)).toBe(6)
  expect(() => bound.call({ a: 1 }, 2, -3)).toThrow(RangeError)
  expect(bound).toHaveLength(2)
})

test.each([[undefined], [null], [new EventEmitter()], ['fn']])('bind(%p) is a mistake', (fn) => {
  expect(() => log.bind(fn as never)).toThrow(isOptionError('log.bind: fn must be a function'))
  expect(() =>
    memory()
      .logger.enter()
      .bind(fn as never),
  ).toThrow(isOptionError('log.enter().bind: fn must be a function'))
})

describe('enter', () => {
  test('what follows is in the scope, until its end; a good one writes nothing', async () => {
    const { logger, lines, messages } = memory()
    await logger.bind(async () => {
      const entered = logger.enter({ job: 1 })
      logger.info('held')
      await Promise.resolve()
      logger.info('held too')
      entered.end()
      entered.end(new Error('too late'))
      expect(lines).toEqual([])
      logger.info('outside')
      await Promise.resolve()
      logger.info('outside too')
    })()
    expect(messages()).toEqual(['outside', 'outside too'])
    expect(lines[0]?.fields).toEqual({})
  })

  test.each([
    [new Error('boom'), true],
    ['boom', true],
    [0, true],
    [null, false],
    [undefined, false],
  ])('end(%p) fails: %p', (error, fails) => {
    const { logger, lines, messages } = memory()
    const entered = logger.enter({ job: 1 })
    logger.info('held')
    entered.end(error)
    expect(messages()).toEqual(fails ? ['held', 'end'] : [])
    if (fails) expect(lines[1]).toMatchObject({ level: 'error', fields: { job: 1 } })
  })

  test('jobs of a queue, one after the other and side by side, do not see each other', async () => {
    const { logger, lines } = memory()
    const work = async (id: number) => {
      await Promise.resolve()
      const entered = logger.enter({ job: id })
      await new Promise((resolve) => setTimeout(resolve, id % 3))
      logger.info(`line of ${id}`)
      entered.end(id % 2 === 0 ? new Error('even') : undefined)
    }
    for (let id = 0; id < 4; id++) await work(id)
    await Promise.all([4, 5, 6, 7].map(work))
    const found = lines.map(({ msg, fields }) => `${msg}: ${fields['job']}`)
    expect(found.sort()).toEqual(
      [0, 2, 4, 6].flatMap((id) => [`line of ${id}: ${id}`, `end: ${id}`]).sort(),
    )
  })

  test('a connection: its listeners are bound to its scope', () => {
    const { logger, lines } = memory()
    const socket = new EventEmitter()
    const entered = logger.enter({ conn: 7 })
    socket.on(
      'data',
      entered.bind((n: number) => logger.info('data', { n })),
    )
    socket.on('close', (error) => entered.end(error))
    logger.bind(() => {})()
    socket.emit('data', 1)
    logger.scope({ other: 1 }, () => void socket.emit('data', 2))
    socket.emit('close', new Error('reset'))
    expect(
      lines.map(({ msg, fields }) => [msg, fields['conn'], fields['n'], fields['other']]),
    ).toEqual([
      ['data', 7, 1, undefined],
      ['data', 7, 2, undefined],
      ['end', 7, undefined, undefined],
    ])
  })

  test('in a scope it is a part of that', () => {
    const { logger, lines } = memory()
    logger.scope({ order: 1 }, () => {
      const entered = logger.enter({ part: 2 })
      logger.info('in')
      entered.end()
      logger.info('out')
      logger.error('now')
    })
    expect(lines.map(({ msg, fields }) => [msg, fields['order'], fields['part']])).toEqual([
      ['in', 1, 2],
      ['out', 1, undefined],
      ['now', 1, undefined],
      ['end', 1, undefined],
    ])
  })
})
