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
