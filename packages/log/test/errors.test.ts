import * as log from '@clew/log'
import { describe, expect, test } from '@jest/globals'
import { memory, text } from './memory.ts'

type Tree = Record<string, unknown>

function shown(error: unknown): Tree {
  const { logger, lines } = memory()
  logger.error(error, 'failed')
  return lines[0]?.fields['err'] as Tree
}

describe('what matters about an error is there', () => {
  test('behind a long message', () => {
    const cause = new TypeError('root')
    const error = Object.assign(new Error(`SELECT ${'q'.repeat(9000)}`, { cause }), { code: 'E1' })
    const tree = shown(error)
    expect(tree['message']).toMatch(/^SELECT q{4000,} ... <truncated>$/)
    expect(tree['stack']).toMatch(/^Error: SELECT q+ ... <truncated>\n {4}at /)
    expect(tree['code']).toBe('E1')
    expect(tree['cause']).toMatchObject({ type: 'TypeError', message: 'root' })
    const { stack } = tree['cause'] as Tree
    expect(stack).toContain(cause.stack?.slice(0, 1000))
  })

  test('beside a large property', () => {
    const cause = new TypeError('root')
    const error = Object.assign(new Error('outer', { cause }), {
      config: Array.from({ length: 190 }, (_, i) => 'data'.repeat(20) + i),
    })
    const tree = shown(error)['cause'] as Tree
    expect(tree).toMatchObject({ type: 'TypeError', message: 'root' })
    expect(tree['stack']).toContain(cause.stack?.slice(0, 1000))
  })

  test('at the end of a chain of large ones', () => {
    let error = Object.assign(new Error('bottom'), { code: 'E0' })
    for (let i = 1; i < 7; i++) {
      error = Object.assign(new Error('m'.repeat(5000), { cause: error }), {
        code: `E${i}`,
        body: 'b'.repeat(5000),
      })
    }
    let tree = shown(error)
    for (let i = 6; i > 0; i--) {
      expect(tree).toMatchObject({ code: `E${i}`, stack: expect.stringContaining('\n    at ') })
      tree = tree['cause'] as Tree
    }
    expect(tree).toMatchObject({ message: 'bottom', code: 'E0' })
    expect(JSON.stringify(shown(error)).length).toBeLessThan(40_000)
  })

  test('where many small ones hang on it, within bounds', () => {
    const small = (depth: number): Error =>
      depth === 0
        ? new Error('leaf')
        : Object.assign(new Error('branch'), {
            list: Array.from({ length: 9 }, () => small(depth - 1)),
          })
    expect(JSON.stringify(shown(small(4))).length).toBeLessThan(30_000)
  })

  test('its own type and errors, as http-errors, Stripe and Mongoose have them', () => {
    expect(shown(Object.assign(new Error('big'), { type: 'entity.too.large' }))).toMatchObject({
      type: 'Error',
      'field.type': 'entity.too.large',
    })
    const errors = { email: { kind: 'required' } }
    expect(shown(Object.assign(new Error('invalid'), { errors }))).toMatchObject({ errors })
    const { logger, rows } = text('json', { names: 'otel' })
    logger.error(Object.assign(new Error('invalid'), { errors }))
    expect(rows()[0]?.['exception']).toMatchObject({ errors })
  })

  test('without a stack too', () => {
    const error = Object.assign(new Error('boom'), { stack: undefined })
    expect(shown(error)).toEqual({ type: 'Error', message: 'boom', stack: 'Error: boom' })
  })
})

describe('stacks with the paths of a deep folder are shortened before anything else is cut', () => {
  const frame = (row: number) => `    at call${row} (/${'deep/'.repeat(150)}file.js:${row}:1)`
  const frames = Array.from({ length: 10 }, (_, row) => frame(row)).join('\n')

  function deep<E extends Error>(error: E): E {
    error.stack = `${error.name}: ${error.message}\n${frames}`
    return error
  }

  const failure = () => {
    const root = Object.assign(deep(new TypeError('root')), { code: 'E0' })
    const cause = Object.assign(deep(new RangeError('cause', { cause: root })), { code: 'E1' })
    const members = ['one', 'two', 'three'].map((message) => deep(new Error(message)))
    const error = deep(new AggregateError([...members, 'four'], 'outer', { cause }))
    return Object.assign(error, { code: 'E2', url: '/orders' })
  }
  const stack = (start: string) =>
    expect.stringMatching(
      new RegExp(
        `^${start}\n    at call0 \\(/(deep/)+file.js:0:1\\)\n(.*\n)*    \\.\\.\\. <truncated>$`,
      ),
    )
  const tree = {
    type: 'AggregateError',
    message: 'outer',
    stack: stack('AggregateError: outer'),
    code: 'E2',
    url: '/orders',
    cause: {
      type: 'RangeError',
      message: 'cause',
      stack: stack('RangeError: cause'),
      code: 'E1',
      cause: { type: 'TypeError', message: 'root', stack: stack('TypeError: root'), code: 'E0' },
    },
    errors: [
      { type: 'Error', message: 'one', stack: stack('Error: one') },
      { type: 'Error', message: 'two', stack: stack('Error: two') },
      { type: 'Error', message: 'three', stack: stack('Error: three') },
      'four',
    ],
  }

  test('under err, as a field, and when the line was held', () => {
    expect(shown(failure())).toEqual(tree)
    const { logger, lines } = memory()
    logger.info('m', { nested: { error: failure() } })
    logger.scope({}, () => {
      logger.info('held', { error: failure() })
      logger.flush()
    })
    expect(lines[0]?.fields['nested']).toEqual({ error: tree })
    expect(lines[1]?.fields['error']).toEqual(tree)
  })

  test('json', () => {
    const { logger, rows } = text('json')
    logger.error(failure())
    expect(rows()[0]?.['err']).toEqual(tree)
  })

  test('logfmt', () => {
    const { logger, read } = text('logfmt')
    logger.error(failure())
    const line = read()
    expect(line).toContain('err.code=E2 err.url=/orders err.cause="{')
    for (const part of ['root', 'E0', 'E1', 'three', 'four']) {
      expect(line).toContain(`\\"${part}\\"`)
    }
  })

  test('terminal', () => {
    const { logger, read } = text('terminal')
    logger.error(failure())
    const rows = read().split('\n')
    expect(rows.filter((row) => /\bat call0 /.test(row))).toHaveLength(6)
    for (const part of [
      'cause: RangeError: cause',
      'cause: TypeError: root',
      'code=E0',
      '- four',
    ]) {
      expect(rows.filter((row) => row.includes(part))).toHaveLength(1)
    }
  })

  test('as a record of OpenTelemetry', () => {
    const records: { attributes: Record<string, unknown> }[] = []
    const provider = { getLogger: () => ({ emit: (record: never) => void records.push(record) }) }
    const logger = log.create({ outputs: { to: log.otel({ provider }) } })
    logger.error(failure())
    const trace = String(records[0]?.attributes['exception.stacktrace'])
    expect(Buffer.byteLength(trace)).toBeLessThanOrEqual(8192 + ' ... <truncated>'.length)
    for (const part of [
      'Caused by: RangeError',
      'Caused by: TypeError',
      'Member 3: Error: three',
    ]) {
      expect(trace).toContain(part)
    }
    expect(trace).toContain('Member 4: "four"')
    expect(records[0]?.attributes['exception.code']).toBe('E2')
  })

  test('a stack alone may take all that a value may take, in whole frames', () => {
    const text = String(shown(deep(new Error('alone')))['stack'])
    expect(text.split('\n').length).toBeGreaterThan(9)
    expect(text).toMatch(/file\.js:9:1\)$/)
    const long = String(shown(deep(new Error('m'.repeat(3000))))['stack'])
    expect(long).toMatch(/:\d:1\)\n {4}\.\.\. <truncated>$/)
  })

  test('a first frame that is longer than the share is cut', () => {
    const error = Object.assign(new Error('m'), { stack: `Error: m\n    at ${'x'.repeat(20_000)}` })
    expect(shown(error)['stack']).toMatch(/^Error: m\n {4}at x{8000,} \.\.\. <truncated>$/)
  })
})

test('an error whose message cannot be read, or is no text, is a line', () => {
  const throwing = Object.defineProperty(new Error('x'), 'message', {
    get() {
      throw new Error('no')
    },
  })
  const odd = Object.assign(new Error('x'), { message: Object.create(null) })
  const { logger, lines } = memory()
  for (const error of [throwing, odd]) {
    ;(logger.info as (error: unknown) => void)(error)
    logger.error(error)
    logger.info('m', error as never)
  }
  expect(lines.map(({ msg }) => msg)).toEqual(['error', 'error', 'm', 'error', 'error', 'm'])
  for (const { fields } of lines) {
    expect(fields['err']).toMatchObject({ message: expect.stringContaining('[Unreadable') })
  }
  expect(logger.dropped).toBe(0)
})

test('what toJSON returns is shown as any value', () => {
  const returns = (value: unknown) => ({ toJSON: () => value })
  const { logger, lines } = memory()
  const loop: Record<string, unknown> = {}
  loop['in'] = returns(loop)
  logger.info('m', {
    map: returns(new Map([['k', 1]])),
    error: returns(new Error('inner')),
    date: returns(new Date(0)),
    again: returns(returns(1)),
    loop,
  })
  expect(lines[0]?.fields).toEqual({
    map: { k: 1 },
    error: { type: 'Error', message: 'inner', stack: expect.any(String) },
    date: '1970-01-01T00:00:00.000Z',
    again: { toJSON: '[Function: toJSON]' },
    loop: { in: '[Circular]' },
  })
})

test.each<[string, Error, string]>([
  ['AggregateError', new AggregateError([new Error('a'), new Error('b')]), 'a; b'],
  [
    'many members',
    new AggregateError([1, 2, 3, 4, 5].map((n) => new Error(`e${n}`))),
    'e1; e2; e3; …',
  ],
  ['members without messages', new AggregateError([1, null, new Error('')]), 'AggregateError'],
  ['no members', new AggregateError([]), 'AggregateError'],
  ['TypeError', new TypeError(''), 'TypeError'],
])('an error without a message is a line with one: %s', (_name, error, msg) => {
  const { logger, lines } = memory()
  logger.error(error)
  logger.info(error as never)
  log.asPino(logger).error(error)
  log.asPino(logger).error({ err: error })
  log.asWinston(logger).error(error)
  log.asConsole(logger).error(error)
  expect(lines.map((line) => line.msg)).toEqual(Array.from({ length: 6 }, () => msg))
})
