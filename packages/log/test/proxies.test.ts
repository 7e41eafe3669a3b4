import * as log from '@clew/log'
import { describe, expect, test } from '@jest/globals'
import { memory, text } from './memory.ts'

/** An entity that says itself what may be shown, as those of ORMs do. */
class User {
  name = 'ann'
  hash = 's3cret'
  toJSON() {
    return { name: this.name }
  }
}
const plainProxy = <T extends object>(target: T): T => new Proxy(target, {})
/** As Vue, MobX and mocks do: methods work, on the target. */
const binding = <T extends object>(target: T): T =>
  new Proxy(target, {
    get(of, key) {
      const value: unknown = Reflect.get(of, key)
      return typeof value === 'function' ? value.bind(of) : value
    },
  })

/** What is written of a value, as a field, nested, and held. */
function shown(value: unknown): unknown[] {
  const { logger, lines } = memory()
  logger.info('m', { value })
  logger.info('m', { value: [{ value }] })
  logger.scope({}, () => {
    logger.info('m', { value })
    logger.flush()
  })
  const nested = lines[1]?.fields['value'] as { value: unknown }[]
  return [lines[0]?.fields['value'], nested[0]?.value, lines[2]?.fields['value']]
}

describe('what is behind a proxy is shown as what it is', () => {
  test.each<[string, object, unknown]>([
    ['an array', plainProxy([1, { a: 2 }]), [1, { a: 2 }]],
    ['a literal', plainProxy({ a: 1 }), { a: 1 }],
    ['an entity', plainProxy(new User()), { name: 'ann' }],
    ['a toJSON of its own', plainProxy({ hash: 's3cret', toJSON: () => ({ a: 1 }) }), { a: 1 }],
    [
      'a toJSON of the proxy',
      new Proxy(
        { hash: 's3cret' },
        { get: (_target, key) => (key === 'toJSON' ? () => ({ a: 1 }) : undefined) },
      ),
      { a: 1 },
    ],
    ['a Map', binding(new Map([['a', 1]])), { a: 1 }],
    ['a Map that does not work', plainProxy(new Map([['a', 1]])), '[Map]'],
    ['a Set', binding(new Set([1])), [1]],
    ['a Date', binding(new Date(0)), '1970-01-01T00:00:00.000Z'],
    ['a URL', binding(new URL('https://u:p@h/')), 'https://[redacted]@h/'],
    ['an endless Map', binding(Object.assign(new Map(), { entries: endless })), expect.anything()],
  ])('%s', (_name, value, expected) => {
    for (const one of shown(value)) expect(one).toEqual(expected)
  })

  test('an error', () => {
    const error = () =>
      Object.assign(new TypeError('boom', { cause: new Error('why') }), { code: 'E1' })
    const expected = { type: 'TypeError', message: 'boom', code: 'E1', cause: { message: 'why' } }
    for (const one of shown(plainProxy(error()))) expect(one).toMatchObject(expected)
    const { logger, lines } = memory()
    const calls: ((err: Error) => void)[] = [
      (err) => logger.error(err),
      (err) => logger.info(err as never),
      (err) => logger.info('boom', err as never),
      (err) => logger.child(err as never).info('boom'),
      (err) => log.asPino(logger).error(err),
      (err) => log.asWinston(logger).error(err),
      (err) => log.asConsole(logger).error(err),
    ]
    for (const call of calls) call(plainProxy(error()))
    expect(lines.map((line) => line.msg)).toEqual(calls.map(() => 'boom'))
    for (const line of lines) expect(line.fields['err']).toMatchObject(expected)
  })
})

describe('in place of the fields', () => {
  test.each<[string, () => object]>([
    ['an entity', () => new User()],
    ['behind a proxy', () => plainProxy(new User())],
    ['a literal', () => ({ hash: 's3cret', toJSON: () => ({ name: 'ann' }) })],
    [
      'without a prototype',
      () => Object.assign(Object.create(null), new User(), { toJSON: () => ({ name: 'ann' }) }),
    ],
  ])('%s shows what its toJSON does', (_name, make) => {
    for (const format of ['json', 'logfmt', 'terminal'] as const) {
      const { logger, read } = text(format)
      logger.info('m', make() as log.Fields)
      logger.child(make() as log.Fields).info('m')
      logger.scope(make() as log.Fields, () => {
        logger.info('m', make() as log.Fields)
        logger.set(make() as log.Fields)
        logger.error('m', make() as log.Fields)
      })
      logger.error(new Error('boom'), 'm', make() as log.Fields)
      expect(read()).not.toContain('s3cret')
      expect(read().match(/name"?[=:]"?ann/g)?.length).toBeGreaterThanOrEqual(6)
    }
  })

  test('what is no object, or fails, is a value', () => {
    const { logger, lines } = memory()
    logger.info('m', { toJSON: () => 'text' } as never)
    logger.info('m', plainProxy([1, 2]) as never)
    logger.info('m', Buffer.from('hi') as never)
    logger.info('m', new Date(0) as never)
    logger.info('m', {
      toJSON() {
        throw new Error('no')
      },
    } as never)
    expect(lines.map((line) => line.fields)).toEqual([
      { value: 'text' },
      { value: [1, 2] },
      { value: 'Buffer(2) 6869' },
      { value: '1970-01-01T00:00:00.000Z' },
      { value: '[Unreadable: no]' },
    ])
  })
})

describe('names and values beside each other', () => {
  test.each<[string, unknown]>([
    [
      'pairs',
      [
        ['authorization', 's3cret'],
        ['accept', 'x'],
      ],
    ],
    ['a flat list', ['Authorization', 's3cret', 'Accept', 'x']],
    ['objects', [{ name: 'Authorization', value: 's3cret' }]],
    ['an error of a validator', { path: ['user', 'password'], value: 's3cret' }],
    [
      'a Map of both',
      new Map<unknown, unknown>([
        ['cookie', 's3cret'],
        [1n, 2],
      ]),
    ],
    ['in a Set', new Set([['x-api-key', 's3cret']])],
  ])('%s', (_name, value) => {
    expect(JSON.stringify(shown(value))).not.toContain('s3cret')
    const { logger, lines } = memory({ redact: { keys: ['x'], remove: true } })
    logger.info('m', { value })
    expect(JSON.stringify(lines)).not.toContain('s3cret')
  })

  test('a list of names is left as it is', () => {
    expect(shown(['token', 'name', 'x'])[0]).toEqual(['token', 'name', 'x'])
  })
})

function* endless(): MapIterator<[unknown, unknown]> {
  for (let n = 0; ; n++) yield [String(n), n]
}
