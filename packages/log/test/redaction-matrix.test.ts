import { Writable } from 'node:stream'
import * as log from '@clew/log'
import { describe, expect, test } from '@jest/globals'
import { text } from './memory.ts'

const secret = 's3cret'

/** The ways in which a value that holds a credential can come, as the object with what is hidden. */
const shapes: Readonly<Record<string, (hidden: unknown) => unknown>> = {
  literal: (hidden) => ({ config: { data: hidden }, ok: 1 }),
  'class instance': (hidden) =>
    new (class Config {
      config = { data: hidden }
      ok = 1
    })(),
  Proxy: (hidden) => new Proxy({ config: { data: hidden }, ok: 1 }, {}),
  'Proxy of an instance': (hidden) =>
    new Proxy(
      new (class Config {
        config = { data: hidden }
        ok = 1
      })(),
      {},
    ),
  Map: (hidden) =>
    new Map<string, unknown>([
      ['config', new Map([['data', hidden]])],
      ['ok', 1],
    ]),
  toJSON: (hidden) => ({ raw: hidden, toJSON: () => ({ config: { data: hidden }, ok: 1 }) }),
  error: (hidden) => Object.assign(new Error('x'), { config: { data: hidden }, ok: 1 }),
  'error of a Proxy': (hidden) =>
    new Proxy(Object.assign(new Error('x'), { config: { data: hidden }, ok: 1 }), {}),
  'null prototype': (hidden) =>
    Object.assign(Object.create(null), { config: { data: hidden }, ok: 1 }),
}

/** How it gets into a line; `at` is where it is then. */
interface Way {
  readonly at: string
  readonly log: (logger: log.Logger, value: unknown) => void
  /** Whether the value must be an error. */
  readonly throws?: true
}
const asError = (value: unknown): Error =>
  value instanceof Error ? value : Object.assign(new Error('x'), value as object)
const ways: Readonly<Record<string, Way>> = {
  field: { at: 'v', log: (logger, v) => logger.info('m', { v }) },
  'field of an error line': { at: 'v', log: (logger, v) => logger.error('m', { v }) },
  error: { at: 'err', throws: true, log: (logger, v) => logger.error(v) },
  'error with a message': {
    at: 'err',
    throws: true,
    log: (logger, v) => logger.error(v, 'm', { a: 1 }),
  },
  'error as the message': { at: 'err', throws: true, log: (logger, v) => logger.info(v as string) },
  'error in place of fields': {
    at: 'err',
    throws: true,
    log: (logger, v) => logger.warn('m', v as log.Fields),
  },
  fatal: { at: 'err', throws: true, log: (logger, v) => logger.fatal(v, 'm') },
  'error member': {
    at: 'err.v',
    log: (logger, v) => logger.error(Object.assign(new Error('x'), { v })),
  },
  cause: { at: 'err.cause', log: (logger, cause) => logger.error(new Error('x', { cause })) },
  'cause of a cause': {
    at: 'err.cause.cause',
    log: (logger, cause) => logger.error(new Error('x', { cause: new Error('y', { cause }) })),
  },
  'member of an AggregateError': {
    at: 'err.errors[*]',
    throws: true,
    log: (logger, v) => logger.error(new AggregateError([v])),
  },
  nested: { at: 'a.b', log: (logger, b) => logger.info('m', { a: { b } }) },
  'in an array': { at: 'a[*]', log: (logger, v) => logger.info('m', { a: [v] }) },
  'in a Set': { at: 'a[0]', log: (logger, v) => logger.info('m', { a: new Set([v]) }) },
  'in a Map': { at: 'a.v', log: (logger, v) => logger.info('m', { a: new Map([['v', v]]) }) },
  'child field': { at: 'v', log: (logger, v) => logger.child({ v }).info('m') },
  'child field and error': {
    at: 'err',
    throws: true,
    log: (logger, v) => logger.child({ a: 1 }).scope({ b: 2 }, () => logger.error(v)),
  },
  'scope field': { at: 'v', log: (logger, v) => logger.scope({ v }, () => logger.print('m')) },
  set: {
    at: 'v',
    log: (logger, v) =>
      logger.scope({}, () => {
        logger.set({ v })
        logger.flush()
      }),
  },
  'thrown out of a scope': {
    at: 'err',
    throws: true,
    log(logger, v) {
      try {
        logger.scope({ a: 1 }, () => {
          throw v
        })
      } catch {
        // It is logged.
      }
    },
  },
  'held and released': {
    at: 'v',
    log: (logger, v) =>
      logger.scope({}, () => {
        logger.info('m', { v })
        logger.flush()
      }),
  },
  'error held and released': {
    at: 'err',
    throws: true,
    log: (logger, v) =>
      logger.scope({}, () => {
        logger.info(v as string, { a: 1 })
        logger.flush()
      }),
  },
  'asPino, in an object': { at: 'v', log: (logger, v) => log.asPino(logger).info({ v }, 'm') },
  'asPino, an error': { at: 'err', throws: true, log: (logger, v) => log.asPino(logger).error(v) },
  'asPino, as err': {
    at: 'err',
    throws: true,
    log: (logger, err) => log.asPino(logger).info({ err }, 'm'),
  },
  'asPino, bindings': { at: 'v', log: (logger, v) => log.asPino(logger).child({ v }).info('m') },
  'asWinston, metadata': { at: 'v', log: (logger, v) => log.asWinston(logger).info('m', { v }) },
  'asWinston, an error': {
    at: 'err',
    throws: true,
    log: (logger, v) => log.asWinston(logger).error('m', v),
  },
  'asConsole, an error': {
    at: 'err',
    throws: true,
    log: (logger, v) => log.asConsole(logger).error('m', v),
  },
  'asConsole, an object': { at: 'v', log: (logger, v) => log.asConsole(logger).log({ v }) },
  'asConsole, in a text': { at: 'v', log: (logger, v) => log.asConsole(logger).log('m', { v }, 1) },
}

/** What says that the value is hidden; `at` is where the object around it is. */
const rules: Readonly<Record<string, (at: string) => log.RedactOptions>> = {
  'a path': (at) => ({ paths: [`${at}.config.data`] }),
  'a path to what is around it': (at) => ({ paths: [`${at}.config`] }),
  'a path to all of it': (at) => ({ paths: [at] }),
  'a path with *': (at) => ({ paths: [`${at}.*.data`] }),
  'a key': () => ({ keys: ['DATA'] }),
  'a key around it': () => ({ keys: ['config'] }),
  'a path, removed': (at) => ({ paths: [`${at}.config.data`], remove: true }),
  'all of it, removed': (at) => ({ paths: [at], remove: true }),
  'a key, removed': () => ({ keys: ['data'], remove: true }),
  'a path, by a function': (at) => ({ paths: [`${at}.config.data`], censor: () => 'censored' }),
  'a key, by a function': () => ({ keys: ['data'], censor: (_value, key) => `no ${key}` }),
}

const formats: readonly log.Format[] = [
  'json',
  'logfmt',
  'terminal',
  (line) => JSON.stringify(line),
]

/** What a logger writes in each of the formats, and as records of OpenTelemetry. */
function allWritten(options: log.LogOptions, use: (logger: log.Logger) => void): string[] {
  const out = formats.map(() => '')
  const outputs: log.OutputOptions[] = formats.map((format, index) => ({
    to: into(out, index),
    format,
  }))
  const records: object[] = []
  const provider = { getLogger: () => ({ emit: (record: object) => void records.push(record) }) }
  outputs.push({ to: log.otel({ provider: provider as never }) })
  const logger = log.create({ level: 'debug', ...options, outputs })
  use(logger)
  logger.flush()
  expect(logger.dropped).toBe(0)
  expect(records).not.toHaveLength(0)
  const withoutContext = records.map((record) => ({ ...record, context: undefined }))
  return [...out, JSON.stringify(withoutContext)]
}

function into(out: string[], index: number): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      out[index] += chunk.toString()
      done()
    },
  })
}

/** The same as JSON alone. */
const written = (options: log.LogOptions, use: (logger: log.Logger) => void): string =>
  allWritten(options, use)[0] ?? ''

/** What is hidden: a text, or a value in which it is deep. */
const hiddenValues: readonly unknown[] = [secret, { deep: [secret, Buffer.from(secret)] }]

// Values in lines of a scope are hidden when held, and again when written. Every rule meets every way;
// the shapes take turns, so that each meets every way and every rule too.
describe.each(Object.entries(ways).map(([name, way], index) => ({ name, way, index })))(
  '$name',
  ({ way: { at, throws, log: use }, index }) => {
    const made = Object.entries(shapes).filter(([name]) => !throws || name.includes('error'))
    const each = Object.entries(rules).map(([name, redact], row) => ({ name, redact, row }))
    test.each(each)('$name', ({ redact, row }) => {
      const [, make] = made[(index + row) % made.length] as (typeof made)[number]
      const hidden = hiddenValues[(Math.floor(index / 2) + row) % hiddenValues.length]
      const value = throws ? asError(make(hidden)) : make(hidden)
      const all = allWritten({ redact: redact(at) }, (logger) => use(logger, value))
      for (const out of all) {
        expect(out).not.toMatch(/s3cret|733363726574/)
        expect(out).not.toBe('')
      }
      for (const line of all[0]?.split('\n').slice(0, -1) ?? []) JSON.parse(line)
    })
  },
)

describe('the message of an error that is hidden is not in its stack, nor in the message of the line', () => {
  const failure = (message: string) => {
    const error = new Error(message)
    error.message = message
    return error
  }
  const renamed = () => {
    const error = new Error(`first ${secret}`)
    error.message = `then ${secret}`
    return error
  }
  test.each<[string, log.RedactOptions]>([
    ['err', { paths: ['err'] }],
    ['err.message', { paths: ['err.message'] }],
    ['by key', { keys: ['message'] }],
    ['err, by key', { keys: ['err'] }],
    ['removed', { paths: ['err.message'], remove: true }],
    ['err removed', { paths: ['err'], remove: true }],
    ['by a function', { paths: ['err.message'], censor: () => 'censored' }],
  ])('%s', (_name, redact) => {
    const calls: ((logger: log.Logger, error: Error) => void)[] = [
      (logger, error) => logger.error(error),
      (logger, error) => logger.info(error as never),
      (logger, error) => logger.scope({}, () => logger.error(error)),
      (logger, error) => log.asPino(logger).error(error),
      (logger, error) => log.asPino(logger).error({ err: error }),
      (logger, error) => log.asWinston(logger).error(error),
      (logger, error) => log.asConsole(logger).error(error),
      (logger, error) => log.asConsole(logger).error('m', error, error),
    ]
    for (const error of [failure(secret), failure(`a\n    at ${secret}`), renamed()]) {
      for (const call of calls) {
        for (const out of allWritten({ redact }, (logger) => call(logger, error))) {
          expect(out).not.toContain(secret)
          expect(out).not.toBe('')
        }
      }
    }
  })

  test('of the members of an error without a message neither', () => {
    const out = written({ redact: { paths: ['err.errors[*].message'] } }, (logger) =>
      logger.error(new AggregateError([new Error(secret)])),
    )
    expect(out).not.toContain(secret)
    expect(JSON.parse(out)).toMatchObject({ msg: 'AggregateError' })
  })
})

describe('what stands in place of a hidden value', () => {
  const fields = { user: { card: '4711', name: 'ann' }, list: [{ pin: 1 }, { pin: 2 }], token: 't' }
  const shown = (redact: log.RedactOptions, given: object = fields) => {
    const {
      time: _,
      level: __,
      msg: ___,
      ...rest
    } = JSON.parse(
      written({ redact }, (logger) => logger.info('m', given as log.Fields)),
    ) as Record<string, unknown>
    return rest
  }

  test('a text', () => {
    expect(shown({ paths: ['user.card', 'list[1]'], censor: '***' })).toEqual({
      user: { card: '***', name: 'ann' },
      list: [{ pin: 1 }, '***'],
      token: '***',
    })
  })

  test('nothing; null in a list, where it keeps the place', () => {
    const redact = { paths: ['user.card', 'list[0]', 'map.x'], remove: true }
    expect(shown(redact, { ...fields, map: new Map([['x', 1]]) })).toEqual({
      user: { name: 'ann' },
      list: [null, { pin: 2 }],
      map: {},
    })
  })

  test('what a function makes of value and key, once for a held line too', () => {
    const calls: unknown[][] = []
    const censor = (value: unknown, key: string) => {
      calls.push([value, key])
      return typeof value === 'string' ? `…${value.slice(-2)}` : undefined
    }
    const { logger, rows } = text('json', {
      redact: { paths: ['user.card', 'list[*].pin'], censor },
    })
    const expected = {
      user: { card: '…11', name: 'ann' },
      list: [{ pin: null }, { pin: null }],
      token: '…t',
    }
    logger.info('m', fields)
    expect(rows()[0]).toMatchObject(expected)
    const all = [
      ['4711', 'card'],
      [1, 'pin'],
      [2, 'pin'],
      ['t', 'token'],
    ]
    expect(calls).toEqual(all)
    calls.length = 0
    logger.scope({}, () => {
      logger.info('m', { ...fields, token: { of: 't' } })
      logger.flush()
    })
    expect(rows()[1]).toMatchObject({ ...expected, token: null })
    expect(calls).toHaveLength(4)
  })

  test('[redacted] where the function throws', () => {
    const censor = () => {
      throw new Error(secret)
    }
    expect(shown({ paths: ['user'], censor }, { user: secret, a: [{ token: secret }] })).toEqual({
      user: '[redacted]',
      a: [{ token: '[redacted]' }],
    })
  })

  test('a marked secret is shown to no function', () => {
    const marked = { [Symbol.for('@clew/secret/v1')]: true, value: secret }
    const censor = (value: unknown) => JSON.stringify(value)
    expect(
      shown({ paths: ['a.b', 'c'], censor }, { a: { b: marked }, c: marked, d: marked }),
    ).toEqual({
      a: { b: '[redacted]' },
      c: '[redacted]',
      d: '[redacted]',
    })
  })

  test.each<[log.RedactOptions, string]>([
    [{ censor: 1 as never }, 'redact.censor must be a string or a function; received 1'],
    [{ remove: 'yes' as never }, 'redact.remove must be'],
    [{ remove: true, censor: 'x' }, 'redact.censor must be left out where redact.remove is true'],
    [{ paths: ['*secret'] }, 'where * is a whole key or index; received "*secret"'],
    [{ paths: ['a.b*'] }, 'redact.paths[0] must be a path'],
    [{ paths: ['**.b'] }, 'redact.paths[0] must be a path'],
    [{ paths: ['$.a'] }, 'redact.paths[0] must be a path'],
    [{ paths: ['a[-1]'] }, 'redact.paths[0] must be a path'],
    [{ paths: ['a .b'] }, 'redact.paths[0] must be a path'],
    [{ keys: ['a', '*token'] }, 'redact.keys[1] must be a whole name, without *'],
  ])('%j is a mistake', (redact, message) => {
    expect(() => log.create({ redact })).toThrow(message)
  })

  test('a key with such characters can be quoted', () => {
    expect(shown({ paths: ['["a*"]', '["$"].b'] }, { 'a*': 1, $: { b: 1 } })).toEqual({
      'a*': '[redacted]',
      $: { b: '[redacted]' },
    })
  })

  test('a field that is renamed, since the logger has one of that name, is hidden as before', () => {
    const out = written({ redact: { paths: ['time_ms', 'level'], keys: ['msg'] } }, (logger) =>
      logger.scope({}, () => {
        logger.set({ time_ms: secret })
        logger.error('m', { level: secret, msg: secret })
      }),
    )
    expect(out).not.toContain(secret)
    expect(out).toContain('"field.time_ms":"[redacted]"')
  })
})
