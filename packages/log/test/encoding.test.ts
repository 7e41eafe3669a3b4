import * as log from '@clew/log'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { memory, text } from './memory.ts'

/** What a field of this value becomes. */
function encoded(value: unknown, options: log.LogOptions = {}): unknown {
  const { logger, rows } = text('json', options)
  logger.info('m', { value })
  return rows()[0]?.['value']
}

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
      const cause = new Error('inner')
      logger.error(new Error('boom', { cause }), 'failed', { [expected[2]]: 'forged', msg: 'mine' })
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
          cause: { [stack]: cause.stack },
        },
      })
    }
  })

  test('of ours, each once', () => {
    const { logger, rows } = text('json', { names: { msg: 'message', order_id: 'order' } })
    logger.info('hello', { order_id: 1 })
    expect(rows()[0]).toMatchObject({ message: 'hello', order: 1 })
    expect(() => log.create({ names: { msg: 'level' } })).toThrow(
      'names must be an object that gives each name once, not "level"',
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
      empty: '',
      n: { a: 1 },
    })
    const line = read()
    expect(line).toMatch(
      /^time=\S+ level=error msg="two words" err="broken pipe" err\.type=TypeError err\.stack="TypeError: broken pipe\\n/,
    )
    expect(line).toContain(' a=1 k_e_y=x empty="" n="{\\"a\\":1}"\n')
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
  test('gets the line, plain; when it fails, json takes over', () => {
    const { logger, lines } = memory()
    logger.info('m', { a: 1n, password: 'p' })
    expect(lines[0]).toEqual({
      time: expect.any(Number),
      level: 'info',
      msg: 'm',
      fields: { a: '1', password: '[redacted]' },
    })
  })
})

test('an option with a value it cannot have is named', () => {
  const wrong: [log.LogOptions, string][] = [
    [
      { level: 'loud' as log.Level },
      'level must be one of debug, info, warn, error, fatal, not "loud"',
    ],
    [{ maxValueBytes: 1 }, 'maxValueBytes must be a number, 64 or more, not 1'],
    [{ hold: { maxLines: 0 } }, 'hold.maxLines must be a number, 1 or more, not 0'],
    [{ outputs: { to: -1 } }, 'output.to must be a file descriptor, not -1'],
    [
      { outputs: { format: 'xml' as 'json' } },
      'output.format must be json, logfmt, terminal or a function, not "xml"',
    ],
    [
      { outputs: { reopenOn: 'SIGHUP' } },
      'output.reopenOn must be left out unless `to` is the path of a file, not "SIGHUP"',
    ],
  ]
  for (const [options, message] of wrong) {
    expect(() => log.create(options)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_LOG_OPTION', message }),
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
const anyText = fc.string({ unit: 'binary' })

describe('any JavaScript value under any key', () => {
  const fields = fc.dictionary(anyText, anyValue)

  test('gives one line of JSON that parses', () => {
    fc.assert(
      fc.property(anyText, fields, anyValue, (msg, call, bound) => {
        const { logger, read } = text('json', { fields: { bound } })
        logger.info(msg, call)
        const out = read()
        expect(out.endsWith('}\n')).toBe(true)
        expect(out.slice(0, -1)).not.toMatch(/[\n\r\u2028\u2029\u0085]/)
        const row = JSON.parse(out) as Record<string, unknown>
        expect(row['level']).toBe('info')
      }),
    )
  })

  test('held or not, the line is the same', () => {
    fc.assert(
      fc.property(anyText, fields, (msg, call) => {
        const direct = memory()
        direct.logger.info(msg, call)
        const held = memory()
        held.logger.scope({}, () => {
          held.logger.info(msg, call)
          held.logger.flush()
        })
        expect(held.lines[0]?.fields).toEqual(direct.lines[0]?.fields)
        expect(held.lines[0]?.msg).toBe(direct.lines[0]?.msg)
      }),
    )
  })

  test('what JSON can carry comes back', () => {
    const key = fc
      .stringMatching(/^[a-z]{1,8}$/)
      .filter(
        (name) =>
          !/^(time|level|msg|err|file|jwt|cvv|cvc|pwd|ssn|sid|token|cookie|secret)$/.test(name),
      )
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue({ maxDepth: 4 })), (call) => {
        const { logger, rows } = text('json')
        logger.info('m', call as log.Fields)
        const { time: _, level: __, msg: ___, ...rest } = rows()[0] ?? {}
        expect(rest).toEqual(JSON.parse(JSON.stringify(call)))
      }),
    )
  })

  test('gives one line of logfmt whose keys are each there once', () => {
    fc.assert(
      fc.property(anyText, fields, (msg, call) => {
        const { logger, read } = text('logfmt')
        logger.info(msg, call)
        const out = read()
        expect(out.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
        const pair = /^([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"=]*)(?: |\n$)/
        const names: string[] = []
        let rest = out
        while (rest !== '') {
          const match = pair.exec(rest)
          if (match === null) throw new Error(`not logfmt: ${rest}`)
          names.push(match[1] ?? '')
          rest = rest.slice(match[0].length)
        }
        expect(new Set(names).size).toBe(names.length)
      }),
    )
  })

  test('gives one line on a terminal, without control characters', () => {
    fc.assert(
      fc.property(anyText, fields, (msg, call) => {
        const { logger, read } = text('terminal')
        logger.info(msg, call)
        expect(read().slice(0, -1)).not.toMatch(
          /[\u0000-\u0008\u000a-\u001a\u001c-\u001f\u007f-\u009f]/,
        )
      }),
    )
  })
})

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
