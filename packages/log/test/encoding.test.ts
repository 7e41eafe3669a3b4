import { Writable } from 'node:stream'
import { isCredentialField } from '@clew/internal/redaction/credential-names'
import * as log from '@clew/log'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { memory, text } from './memory.ts'

/** A field with this value, as it is written. */
function encoded(value: unknown, options: log.LogOptions = {}): unknown {
  const { logger, rows } = text('json', options)
  logger.info('m', { value })
  return rows()[0]?.['value']
}

test.each(['json', 'logfmt'] as const)(
  'ECS: an object cannot say again what a name with a dot says: %s',
  (format) => {
    const { logger, read } = text(format, { names: 'ecs' })
    logger.info('x', { log: { level: 'forged' } })
    logger.child({ log: { level: 'forged' } }).info('x', { log: { logger: 'db' } })
    const [first = '', second = ''] = read().split('\n')
    expect(first).toMatch(/[" ]field\.log["=]/)
    expect(first).not.toMatch(/[" ]log["=]/)
    expect(second).toMatch(/[" ]field\.log["=].*[" ]log["=]/)
  },
)

describe('json', () => {
  test('has time, level and msg first, then context, err, call', () => {
    const { logger, read } = text('json', { fields: { svc: 'orders' } })
    logger.child({ part: 'db' }).error(new Error('boom'), 'failed', { id: 1 })
    const [line = ''] = read().split('\n')
    expect(Object.keys(JSON.parse(line) as object)).toEqual([
      'time',
      'level',
      'msg',
      'svc',
      'part',
      'err',
      'id',
    ])
    expect(line).toMatch(/^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"error"/)
  })

  test('each name is there once in scopes within scopes too', () => {
    const { logger, read } = text('json', { fields: { a: 0 } })
    logger
      .child({ b: 0 })
      .scope({ c: 1, a: 1 }, () =>
        logger.scope({ d: 2, c: 2 }, () => logger.print('m', { a: 3, b: 3, c: 3, d: 3 })),
      )
    const [line = ''] = read().split('\n')
    expect(JSON.parse(line)).toMatchObject({ a: 3, b: 3, c: 3, d: 3 })
    for (const name of 'abcd') expect(line.split(`"${name}":`)).toHaveLength(2)
    const other = text('json')
    other.logger.scope({ outer: 1 }, () =>
      other.logger.scope({ inner: 1 }, () => other.logger.print('m', { outer: 2 })),
    )
    expect(other.read().match(/"outer":/g)).toHaveLength(1)
  })

  test('each name is there once: the call wins over the context, the logger over all', () => {
    const { logger, read } = text('json', { fields: { a: 1, b: 2 } })
    logger.info('m', { a: 3, level: 'hacked', time: 0, msg: 'spoof', 'field.msg': 'x' })
    const line = read()
    const row = JSON.parse(line) as Record<string, unknown>
    expect(line.match(/"level":/g)).toHaveLength(1)
    expect(row).toMatchObject({ a: 3, b: 2, level: 'info', msg: 'm', 'field.level': 'hacked' })
  })

  test.each<[string, unknown, unknown]>([
    ['bigint', 12345678901234567890n, '12345678901234567890'],
    ['NaN', Number.NaN, 'NaN'],
    ['Infinity', Number.NEGATIVE_INFINITY, '-Infinity'],
    ['symbol', Symbol('s'), 'Symbol(s)'],
    ['function', function named() {}, '[Function: named]'],
    ['null', null, null],
    ['Date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['invalid Date', new Date(Number.NaN), 'Invalid Date'],
    ['RegExp', /a"b/g, '/a"b/g'],
    ['Map', new Map<unknown, unknown>([['a', { b: 1n }]]), { a: { b: '1' } }],
    ['Map with object keys', new Map([[{ k: 1 }, 'v']]), [[{ k: 1 }, 'v']]],
    ['Set', new Set([1, 'two']), [1, 'two']],
    ['Buffer', Buffer.from('hello'), 'Buffer(5) 68656c6c6f'],
    ['Uint8Array', new Uint8Array([1, 255]), 'Uint8Array(2) 01ff'],
    ['ArrayBuffer', new ArrayBuffer(2), 'ArrayBuffer(2) 0000'],
    ['boxed', Object('s'), 's'],
    ['promise', Promise.resolve(), '[Promise]'],
    ['WeakMap', new WeakMap(), '[WeakMap]'],
    [
      'class',
      new (class Order {
        id = 1
      })(),
      { id: 1 },
    ],
    ['null prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['toJSON', { toJSON: () => ({ a: 1n }) }, { a: '1' }],
    ['sparse array', Object.assign(new Array(3), { 0: 1, 2: 3 }), [1, null, 3]],
    ['URL', new URL('https://u:p@h/x?token=t&a=1'), 'https://[redacted]@h/x?token=[redacted]&a=1'],
    [
      'throwing toJSON',
      {
        toJSON() {
          throw new Error('no')
        },
      },
      '[Unreadable: no]',
    ],
    [
      'throwing getter',
      {
        a: 1,
        get b() {
          throw new Error('no')
        },
      },
      { a: 1, b: '[Unreadable: no]' },
    ],
    [
      'hostile proxy',
      new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('no')
          },
        },
      ),
      '[Unreadable: no]',
    ],
    ['revoked proxy', revoked(), expect.stringContaining('[Unreadable')],
    ['secret', { [Symbol.for('@clew/secret/v1')]: true, value: 's3cret' }, '[redacted]'],
  ])('%s', (_name, value, expected) => {
    expect(encoded(value)).toEqual(expected)
  })

  test('cycles, deep and wide values end', () => {
    const cycle: Record<string, unknown> = { a: 1 }
    cycle['self'] = cycle
    expect(encoded(cycle)).toEqual({ a: 1, self: '[Circular]' })
    let deep: unknown = 'bottom'
    for (let i = 0; i < 100_000; i++) deep = [deep]
    expect(JSON.stringify(encoded(deep))).toBe('[[[[[[[["[Array]"]]]]]]]]')
    const wide = encoded(Array.from({ length: 1_000_000 }, (_, i) => i)) as unknown[]
    expect(wide).toHaveLength(201)
    expect(wide.at(-1)).toBe('999800 more ... <truncated>')
  })

  test('an error has stack, cause and members, under any key', () => {
    const cause = Object.assign(new RangeError('inner'), { code: 'E1' })
    const error = new AggregateError([new Error('one'), 'two'], 'outer', { cause })
    // The folder of this file is in each stack, and may be a long one.
    for (const each of [error, cause, error.errors[0]]) each.stack = each.stack.slice(0, 1000)
    expect(encoded({ nested: error })).toEqual({
      nested: {
        type: 'AggregateError',
        message: 'outer',
        stack: error.stack,
        cause: { type: 'RangeError', message: 'inner', stack: cause.stack, code: 'E1' },
        errors: [{ type: 'Error', message: 'one', stack: expect.any(String) }, 'two'],
      },
    })
    const loop = new Error('loop')
    loop.cause = loop
    expect(encoded(loop)).toMatchObject({ message: 'loop', cause: '[Circular]' })
    expect(encoded(new DOMException('dom', 'AbortError'))).toMatchObject({
      type: 'AbortError',
      message: 'dom',
    })
  })

  test('a long value is cut between characters, and marked', () => {
    const cut = encoded('é'.repeat(1000), { maxValueBytes: 101 })
    expect(cut).toBe(`${'é'.repeat(50)} ... <truncated>`)
    const object = JSON.stringify(
      encoded({ a: 'x'.repeat(500), b: 'y'.repeat(500) }, { maxValueBytes: 600 }),
    )
    expect(object.length).toBeLessThan(700)
  })

  test('what callers without types pass is not lost', () => {
    const { logger, rows } = text('json')
    const info = logger.info.bind(logger) as (...args: unknown[]) => void
    info({ a: 1 }, 'fields first')
    info(new Error('an error'))
    info('error second', new Error('boom'))
    info('a list', [1, 2])
    info('a number', 7)
    info(undefined)
    info('null', null)
    const all = rows()
    expect(all[0]).toMatchObject({ msg: 'fields first', a: 1 })
    expect(all[1]).toMatchObject({ msg: 'an error', err: { type: 'Error' } })
    expect(all[2]).toMatchObject({ msg: 'error second', err: { message: 'boom' } })
    expect(all[3]).toMatchObject({ value: [1, 2] })
    expect(all[4]).toMatchObject({ value: 7 })
    expect(all[5]?.['msg']).toBe('null')
    expect(all).toHaveLength(7)
  })

  test('fields that cannot be read cost themselves, not the line', () => {
    const { logger, rows } = text('json')
    const get = { a: 1 }
    Object.defineProperty(get, 'b', { enumerable: true, get: thrower })
    logger.info('getter', get)
    logger.info('revoked', revoked() as log.Fields)
    logger.child(revoked() as log.Fields).info('child')
    logger.info('date', new Date(0) as unknown as log.Fields)
    logger.info('map', new Map([['a', 1]]) as unknown as log.Fields)
    const [getter, gone, child, date, map] = rows()
    expect(getter).toMatchObject({ a: 1, b: '[Unreadable: no]' })
    expect(gone?.['value']).toMatch(/^\[Unreadable: /)
    expect(child?.['value']).toMatch(/^\[Unreadable: /)
    expect(date?.['value']).toBe('1970-01-01T00:00:00.000Z')
    expect(map?.['value']).toEqual({ a: 1 })
    expect(logger.dropped).toBe(0)
  })

  test('a value that logs while it is read disturbs nothing', () => {
    const { logger, rows } = text('json')
    logger.info('outer', {
      value: {
        toJSON() {
          logger.info('inner', { value: { a: [1] } })
          return { b: [2] }
        },
      },
    })
    expect(rows().map((row) => row['value'])).toEqual([{ a: [1] }, { b: [2] }])
  })

  test.each(['json', 'logfmt'] as const)(
    'generate cannot replace what the logger writes, in %s',
    (format) => {
      const generate = () => ({ time: 'x', level: 'forged', msg: 'x', err: 'x', request_id: 'r' })
      const { logger, read } = text(format, { generate })
      logger.error(new Error('real'), 'm')
      const line = read()
      expect(line).toMatch(format === 'json' ? /^\{"time":"\d/ : /^time=\d/)
      expect(line.match(/\blevel"?[:=]"?\w+/g)).toHaveLength(2)
      expect(line).toMatch(/field\.level"?[:=]"?forged/)
      expect(line).toMatch(/field\.err"?[:=]"?x/)
      expect(line).toMatch(/request_id"?[:=]"?r/)
      expect(line).toContain('real')
    },
  )

  test('generate adds fields behind the call, and may fail', () => {
    let fails = false
    const { logger, rows } = text('json', {
      generate() {
        if (fails) throw new Error('no')
        return { pid: 7 }
      },
    })
    logger.info('m', { a: 1, pid: 'forged' })
    fails = true
    logger.info('n')
    const [first, second] = rows()
    expect(first).toMatchObject({ a: 1, 'field.pid': 'forged', pid: 7 })
    expect(second).not.toHaveProperty('pid')
  })
})

describe('redaction', () => {
  test('hides the usual credential names at any depth, whatever their spelling', () => {
    const fields = {
      password: 'p1',
      user: { apiKey: 'p2', 'API-Key': 'p3', name: 'ann' },
      headers: new Map([['Authorization', 'p4']]),
      list: [{ refresh_token: 'p5' }],
      tokens: 3,
    }
    const { logger, read } = text('json')
    logger.info('m', fields)
    expect(read()).not.toMatch(/p\d/)
    expect(read()).toContain('"name":"ann"')
    expect(read()).toContain('"tokens":3')
    expect(fields.user.apiKey).toBe('p2')
  })

  test('hides keys and paths of ours, with wildcards, held lines too', () => {
    const { logger, read } = text('json', {
      redact: { keys: ['iban'], paths: ['user.card', 'items[*].price', '*.pin', 'top'] },
    })
    logger.scope({ top: 'x1' }, () => {
      logger.info('m', {
        IBAN: 'x2',
        user: { card: { number: 'x3' }, pin: 'x4', name: 'ann' },
        items: [{ price: 'x5', sku: 'a' }],
      })
      logger.error('now')
    })
    expect(read()).not.toMatch(/x\d/)
    expect(read()).toContain('"sku":"a"')
    expect(read()).toContain('"name":"ann"')
  })

  test('hides secrets in nested values of held lines', () => {
    const secret = { [Symbol.for('@clew/secret/v1')]: true, value: 's3cret' }
    const { logger, read } = text('json')
    logger.scope({ bound: { secret } }, () => {
      logger.info('m', { secret, nested: { list: [{ secret, name: 'ann', token: 's3cret' }] } })
      logger.error('now')
    })
    expect(read()).not.toContain('s3cret')
    expect(read()).toContain('"name":"ann"')
  })

  test('can be turned off, but not for secrets', () => {
    const secret = { [Symbol.for('@clew/secret/v1')]: true }
    const { logger, rows } = text('json', { redact: false })
    logger.info('m', { password: 'p', secret })
    expect(rows()[0]).toMatchObject({ password: 'p', secret: '[redacted]' })
  })
})

describe('names', () => {
  test('of OpenTelemetry and of Elastic', () => {
    for (const [names, expected] of [
      ['otel', ['timestamp', 'severity_text', 'body', 'exception', 'stacktrace']],
      ['ecs', ['@timestamp', 'log.level', 'message', 'error', 'stack_trace']],
    ] as const) {
      const { logger, rows } = text('json', { names })
      const error = new Error('boom', { cause: new Error('inner') })
      logger.error(error, 'failed', { [expected[2]]: 'forged', msg: 'mine' })
      const [time, level, msg, err, stack] = expected
      const row = rows()[0] ?? {}
      expect(Object.keys(row).slice(0, 4)).toEqual([time, level, msg, err])
      expect(row).toMatchObject({
        [level]: 'error',
        [msg]: 'failed',
        [`field.${msg}`]: 'forged',
        [err]: {
          message: 'boom',
          [stack]: expect.stringContaining('Error: boom'),
          // Its end is cut where the folder has a long name.
          cause: { [stack]: expect.stringContaining('Error: inner') },
        },
      })
    }
  })

  test('of ours, each once', () => {
    const { logger, rows } = text('json', { names: { msg: 'message', order_id: 'order' } })
    logger.info('hello', { order_id: 1 })
    expect(rows()[0]).toMatchObject({ message: 'hello', order: 1 })
    expect(() => log.create({ names: { msg: 'level' } })).toThrow(
      'log.create: names must be an object that gives each name once; received "level"',
    )
  })
})

test('caller says where a line was logged, also through the ambient functions', () => {
  const { logger, lines } = memory({ caller: true })
  logger.info('direct')
  logger.scope({}, () => log.print('ambient'))
  const place = /^test\/encoding\.test\.ts:\d+$/
  expect(lines.map((line) => String(line.fields['file']))).toEqual([
    expect.stringMatching(place),
    expect.stringMatching(place),
  ])
})

describe('logfmt', () => {
  test('quotes what needs it, and flattens an error', () => {
    const { logger, read } = text('logfmt')
    logger.error(new TypeError('broken pipe'), 'two words', {
      a: 1,
      'k e=y': 'x',
      'wide\u2003space': 1,
      'turned\u202e': 1,
      empty: '',
      n: { a: 1 },
    })
    const line = read()
    expect(line).toMatch(
      /^time=\S+ level=error msg="two words" err="broken pipe" err\.type=TypeError err\.stack="TypeError: broken pipe\\n/,
    )
    expect(line).toContain(' a=1 k_e_y=x wide_space=1 turned_=1 empty="" n="{\\"a\\":1}"\n')
  })
})

describe('terminal', () => {
  const env = { ...process.env }
  test('shows an error with its stack and causes below the line', () => {
    process.env['FORCE_COLOR'] = '0'
    const { logger, read } = text('terminal')
    const error = new Error('outer', { cause: new TypeError('inner') })
    logger.error(error, 'failed', { id: 1, text: 'two words' })
    process.env = env
    const rows = read().split('\n')
    expect(rows[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} ERRO failed {2,}id=1 {2}text="two words"$/)
    expect(rows[1]).toBe('    Error: outer')
    expect(rows[2]).toMatch(/^ {6}at /)
    expect(read()).toContain('cause: TypeError: inner')
  })

  const shownOn = (write: (logger: log.Logger) => void) => {
    process.env['FORCE_COLOR'] = '0'
    const { logger, read } = text('terminal')
    write(logger)
    process.env = env
    return read()
      .replace(/^[\d:.]+ /gm, '')
      .replace(/ at .*/g, ' at …')
  }
  /** With one frame. */
  const framed = <T extends Error>(error: T): T =>
    Object.assign(error, { stack: error.stack?.replace(/(\n +at .*)[\s\S]*/, '$1') })

  test('an error has its message once, over as many rows as it has', () => {
    const error = framed(new RangeError('no connection\n  refused\nby peer'))
    error.cause = framed(new Error('the\ncause'))
    const below =
      '      refused\n      by peer\n      at …\n      cause: Error: the\n        cause\n        at …\n'
    expect(shownOn((logger) => logger.error(error))).toBe(
      `ERRO RangeError: no connection\n${below}`,
    )
    expect(shownOn((logger) => logger.error(error, 'failed'))).toBe(
      `ERRO failed\n    RangeError: no connection\n${below}`,
    )
    expect(shownOn((logger) => log.asConsole(logger).error(error))).toBe(
      `ERRO RangeError: no connection\n${below}`,
    )
    const bare = Object.assign(new Error('bare'), { stack: '' })
    expect(shownOn((logger) => logger.error(bare))).toBe('ERRO Error: bare\n')
    expect(shownOn((logger) => logger.error(framed(new Error(''))))).toBe(
      'ERRO Error\n      at …\n',
    )
  })

  test('an error in a value is below the line, by its path', () => {
    const inner = Object.assign(framed(new Error('inner')), { list: [framed(new Error('deep'))] })
    expect(shownOn((logger) => logger.info('m', { problem: { a: 1, inner } }))).toBe(
      `INFO m${' '.repeat(33)}problem={"a":1,"inner":"[Error]"}
    problem.inner: Error: inner
      at …
      list=["[Error]"]
      list.0: Error: deep
        at …
`,
    )
  })

  test('members that are no list are shown', () => {
    const error = Object.assign(framed(new Error('invalid')), { errors: { email: 'required' } })
    expect(shownOn((logger) => logger.error(error))).toContain('errors={"email":"required"}')
  })

  test('fields stand below each other behind wide characters too', () => {
    const rows = shownOn((logger) => {
      for (const msg of ['日本', 'four', 'e\u0301 🎉']) logger.info(msg, { a: 1 })
    })
    expect(rows.split('\n').map((row) => row.length - row.indexOf('  a=1'))).toEqual([5, 5, 5, 1])
    expect(rows.split('\n').map((row) => row.indexOf('  a=1'))).toEqual([35, 37, 38, -1])
  })

  test('colours when told to, and no value can move the cursor', () => {
    process.env['FORCE_COLOR'] = '1'
    const { logger, read } = text('terminal')
    logger.info('a\u001b[2Jb\nc', { k: '\u001b]0;title\u0007' })
    process.env = env
    expect(read()).toContain('\u001b[34mINFO\u001b[0m a\\u001b[2Jb\\nc')
    expect(read().split('\n')).toHaveLength(2)
    expect(read()).not.toContain('\u001b]')
  })
})

describe('a function', () => {
  const written = (format: log.Format) => {
    const chunks: string[] = []
    const to = new Writable({
      decodeStrings: false,
      write(chunk: string | Buffer, _encoding, done) {
        chunks.push(String(chunk))
        done()
      },
    })
    const logger = log.create({ outputs: { to, format } })
    logger.info('m', { a: 1n, password: 'p' })
    logger.flush()
    return chunks.join('')
  }

  test('gets the line, plain', () => {
    const { logger, lines } = memory()
    logger.info('m', { a: 1n, password: 'p' })
    expect(lines[0]).toEqual({
      time: expect.any(Number),
      level: 'info',
      msg: 'm',
      fields: { a: '1', password: '[redacted]' },
    })
  })

  test.each<[string, () => unknown]>([
    ['throws', thrower],
    ['returns nothing', () => undefined],
    ['returns an object', () => ({})],
  ])('that %s is replaced by json', (_what, format) => {
    const row = JSON.parse(written(format as () => string)) as Record<string, unknown>
    expect(row).toMatchObject({ level: 'info', msg: 'm', a: '1', password: '[redacted]' })
  })

  test.each([
    ['two\nlines', 'two\\nlines\n'],
    ['its end\n', 'its end\n'],
    ['its end\r\n', 'its end\n'],
    ['\nboth\u2028ends\r\n\n', '\\nboth\\u2028ends\\r\\n\n'],
    ['', '\n'],
  ])('that returns %j writes one line', (returned, line) => {
    expect(written(() => returned)).toBe(line)
  })
})

test('an option with a value it cannot have is named', () => {
  const wrong: [log.LogOptions, string][] = [
    [
      { level: 'loud' as log.Level },
      'level must be one of debug, info, warn, error, fatal; received "loud"',
    ],
    [{ maxValueBytes: 1 }, 'maxValueBytes must be an integer of at least 64; received 1'],
    [{ hold: { maxLines: 0 } }, 'hold.maxLines must be an integer of at least 1; received 0'],
    [
      { outputs: { to: -1 } },
      'outputs.to must be stdout, stderr, a path, a file descriptor or a stream; received -1',
    ],
    [
      { outputs: { format: 'xml' as 'json' } },
      'outputs.format must be json, logfmt, terminal or a function; received "xml"',
    ],
    [
      { outputs: { reopenOn: 'SIGHUP' } },
      'outputs.reopenOn must be left out unless `to` is the path of a file; received "SIGHUP"',
    ],
  ]
  for (const [options, message] of wrong) {
    expect(() => log.create(options)).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        code: 'ERR_LOG_OPTION',
        message: `log.create: ${message}`,
      }),
    )
  }
  expect(() => log.create({ outputs: { to: '/no/such/folder/x.log' } })).toThrow(
    expect.objectContaining({ code: 'ERR_LOG_OPEN' }),
  )
})

const anyValue = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
})
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  // The characters that formats consist of.
  fc.string({
    unit: fc.constantFrom('"', '\\', '=', ':', ',', ' ', '{', '[', '\n', '\t', 'n', '1'),
  }),
  // Lone surrogates too.
  fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
)
const anyError = fc
  .tuple(anyText, anyText, fc.option(anyValue), fc.option(anyText))
  .map(([message, name, cause, stack]) => {
    const error = new Error(message, { cause })
    if (stack !== null) Object.assign(error, { name, stack })
    return error
  })
const unreadable = fc.constantFrom<() => unknown>(
  revoked,
  () => Object.defineProperty({}, 'a', { enumerable: true, get: thrower }),
  () => ({ toJSON: thrower }),
  () => new Proxy({ a: 1 }, { get: thrower }),
  () => new Proxy({ a: 1 }, { ownKeys: thrower }),
  () => new Proxy({ a: 1 }, { getOwnPropertyDescriptor: thrower }),
)
// Functions that return the value: fast-check itself must not inspect what cannot be read.
const hostile = fc.oneof(
  { weight: 4, arbitrary: fc.oneof(anyValue, anyError).map((value) => () => value) },
  { weight: 1, arbitrary: unreadable },
)
const names = fc.oneof(
  { weight: 3, arbitrary: anyText },
  {
    weight: 1,
    arbitrary: fc.constantFrom('time', 'level', 'msg', 'err', 'span_id', '__proto__', 'bound'),
  },
)
const fields = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .dictionary(names, hostile)
      .map(
        (made) => () =>
          Object.fromEntries(Object.entries(made).map(([name, make]) => [name, make()])),
      ),
  },
  { weight: 1, arbitrary: hostile as fc.Arbitrary<() => log.Fields> },
)

/** Logs a line in each way: at once, from a child, held. */
function* ways(
  format: 'json' | 'logfmt' | 'terminal',
  msg: string,
  call: log.Fields,
  bound: unknown,
): Generator<string> {
  process.env['FORCE_COLOR'] = '0'
  for (const write of [
    (logger: log.Logger) => logger.info(msg, call),
    (logger: log.Logger) => logger.child(call).info(msg, { bound }),
    (logger: log.Logger) =>
      logger.scope({ bound }, () => {
        logger.info(msg, call)
        logger.flush()
        logger.level = 'error'
      }),
  ]) {
    const { logger, read } = text(format, { fields: { bound } })
    write(logger)
    expect(logger.dropped).toBe(0)
    yield read()
  }
}

describe('any JavaScript value under any key, or in place of the fields', () => {
  test('gives one line of JSON that parses, with each name once', () => {
    fc.assert(
      fc.property(anyText, fields, hostile, (msg, call, bound) => {
        for (const out of ways('json', msg, call(), bound())) {
          expect(out.endsWith('}\n')).toBe(true)
          expect(out.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
          const row = JSON.parse(out) as Record<string, unknown>
          expect(row['level']).toBe('info')
          expect(Number.isNaN(Date.parse(String(row['time'])))).toBe(false)
          expect(row['msg']).toBe(msg)
          expect(namesOf(out)).toHaveLength(Object.keys(row).length)
        }
      }),
    )
  })

  test('gives one line of logfmt whose keys are each there once', () => {
    fc.assert(
      fc.property(anyText, fields, hostile, (msg, call, bound) => {
        for (const out of ways('logfmt', msg, call(), bound())) {
          expect(out.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
          const pairs = logfmtPairs(out)
          expect(new Set(pairs.map(([name]) => name)).size).toBe(pairs.length)
          expect(pairs.slice(1, 3)).toEqual([
            ['level', 'info'],
            ['msg', msg],
          ])
        }
      }),
    )
  })

  test('gives one record on a terminal: a line, and what is indented below it, without control characters', () => {
    fc.assert(
      fc.property(anyText, fields, hostile, (msg, call, bound) => {
        for (const out of ways('terminal', msg, call(), bound())) {
          expect(out).not.toMatch(
            /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/,
          )
          const [first, ...rest] = out.slice(0, -1).split('\n')
          expect(first).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO /)
          for (const row of rest) expect(row).toMatch(/^ {4}/)
        }
      }),
    )
  })

  test('held or not, the line is the same', () => {
    fc.assert(
      fc.property(anyText, fields, (msg, call) => {
        const direct = memory()
        direct.logger.info(msg, call())
        const held = memory()
        held.logger.scope({}, () => {
          held.logger.info(msg, call())
          held.logger.flush()
        })
        expect(held.lines[0]?.fields).toEqual(direct.lines[0]?.fields)
        expect(held.lines[0]?.msg).toBe(direct.lines[0]?.msg)
      }),
    )
  })
})

describe('what JSON can carry comes back', () => {
  const secret = 'password'
  const carried = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      anyText,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 5 }),
      tie('object'),
    ),
    object: fc.dictionary(
      fc.oneof(anyText, fc.constantFrom('a', '__proto__', secret, 'level')),
      tie('value'),
      { maxKeys: 5 },
    ),
  }))
  /** Hidden names hidden, at any depth. */
  const shown = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(shown)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value).map(([name, part]) => [
              name,
              name === secret ? '[redacted]' : shown(part),
            ]),
          )
        : value

  test('from json, under any key; a reserved name has its own', () => {
    const call = fc.dictionary(
      fc.oneof(anyText, fc.constantFrom('time', 'level', 'msg', 'err', '__proto__', 'x', secret)),
      carried.value,
    )
    fc.assert(
      fc.property(call, fc.boolean(), (given, waits) => {
        const { logger, rows } = text('json')
        if (waits) {
          logger.scope({}, () => {
            logger.info('m', given)
            logger.flush()
            logger.level = 'error'
          })
        } else logger.info('m', given)
        const { time: _, level: __, msg: ___, ...rest } = rows()[0] ?? {}
        const expected = Object.entries(shown(given) as object).map(([name, value]) => [
          /^(time|level|msg)$/.test(name) ? `field.${name}` : name,
          value,
        ])
        expect(JSON.stringify(rest)).toBe(JSON.stringify(Object.fromEntries(expected)))
      }),
    )
  })

  // `pw0` is a credential.
  const name = fc.stringMatching(/^[a-z]{1,3}\d$/).filter((each) => !isCredentialField(each))
  const plainNames = fc.dictionary(name, carried.value)
  const asText = (value: unknown) =>
    typeof value === 'string'
      ? value
      : typeof value === 'object'
        ? JSON.stringify(value)
        : `${value}`

  test('from logfmt, as text', () => {
    fc.assert(
      fc.property(plainNames, (given) => {
        const { logger, read } = text('logfmt')
        logger.info('m', given)
        const found = logfmtPairs(read()).slice(3)
        const expected = Object.entries(shown(given) as object)
        const isObject = (index: number) => typeof expected[index]?.[1] === 'object'
        expect(
          found.map(([name, value], index) => [
            name,
            isObject(index) ? JSON.stringify(JSON.parse(value)) : value,
          ]),
        ).toEqual(expected.map(([name, value]) => [name, asText(value)]))
      }),
    )
  })

  test('from a terminal, as text', () => {
    process.env['FORCE_COLOR'] = '0'
    fc.assert(
      fc.property(plainNames, (given) => {
        const { logger, read } = text('terminal')
        logger.info('m', given)
        const expected = Object.entries(shown(given) as object)
        const found = terminalPairs(read())
        expect(found).toEqual(expected.map(([name, value]) => [name, asText(value)]))
      }),
    )
  })
})

/** The names of an object's own level in JSON text, those that are there twice too. */
function namesOf(json: string): string[] {
  const found: string[] = []
  let depth = 0
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"(?::)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (depth === 1 && token.endsWith(':')) found.push(token)
  }
  return found
}

/** Reads a line of logfmt as a strict parser would. */
function logfmtPairs(line: string): (readonly [string, string])[] {
  const pair = /^([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"=]*)(?: |\n$)/
  const found: (readonly [string, string])[] = []
  let rest = line
  while (rest !== '') {
    const match = pair.exec(rest)
    if (match === null) throw new Error(`not logfmt: ${rest}`)
    const [all, name = '', value = ''] = match
    found.push([name, value.startsWith('"') ? (JSON.parse(value) as string) : value])
    rest = rest.slice(all.length)
  }
  return found
}

/** Reads the fields behind the message `m`: a bare word, a quoted text, or JSON. */
function terminalPairs(record: string): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = []
  let rest = record.replace(/^\S+ INFO m/, '').trimStart()
  while (rest !== '') {
    const match = /^([^\s="]+)=("(?:[^"\\]|\\.)*"|(?=[[{])|[^\s"=\\]+)/.exec(rest)
    if (match === null) throw new Error(`not a field: ${rest}`)
    const [all, name = '', value = ''] = match
    rest = rest.slice(all.length)
    if (value.startsWith('"')) {
      found.push([name, JSON.parse(value.replaceAll('\t', '\\t')) as string])
    } else if (value === '') {
      const length = lengthOfJson(rest)
      found.push([name, JSON.stringify(JSON.parse(rest.slice(0, length)))])
      rest = rest.slice(length)
    } else found.push([name, value])
    rest = rest.replace(/^(?: {2}|\n$)/, '')
  }
  return found
}

function lengthOfJson(text: string): number {
  let depth = 0
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    if (depth === 0) return index + 1
  }
  throw new Error(`not JSON: ${text}`)
}

function thrower(): never {
  throw new Error('no')
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
