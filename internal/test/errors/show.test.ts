import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { show, visible } from '../../src/errors/show.ts'

const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({
    unit: fc.constantFrom('\n', '\u2028', '\u202e', '\u001b', '\ud800', '"', '\\', 'a'),
  }),
  fc.string({ minLength: 1000, maxLength: 3000 }),
)

describe('show', () => {
  test.each<[unknown, string]>([
    ['x', '"x"'],
    ['', '""'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    [0, '0'],
    [-0, '-0'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    [7n, '7n'],
    [true, 'true'],
    [undefined, 'undefined'],
    [null, 'null'],
    [[1], 'an array'],
    [{ password: 'hunter2' }, 'an object'],
    [new Date(0), 'an object'],
    [() => 'hunter2', 'a function'],
    [class Hunter2 {}, 'a function'],
    [Symbol('hunter2'), 'a symbol'],
  ])('%p is shown as %s', (value, shown) => expect(show(value)).toBe(shown))

  test('a long string is truncated between characters, with its length', () => {
    expect(show('x'.repeat(64))).toBe(`"${'x'.repeat(64)}"`)
    expect(show('x'.repeat(65))).toBe(`"${'x'.repeat(64)}…" (65 characters)`)
    expect(show(`${'x'.repeat(63)}🧵y`)).toBe(`"${'x'.repeat(63)}…" (66 characters)`)
  })

  test('any value is shown on one visible line of bounded length', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.anything({ withBigInt: true, withDate: true })), (value) => {
        const text = show(value)
        expect(text).not.toMatch(invisible)
        // Each of the 64 UTF-16 code units takes at most six characters.
        expect(text.length).toBeLessThanOrEqual(64 * 6 + 40)
      }),
      { numRuns: 2000 },
    )
    expect(show(10n ** 1000n)).toHaveLength(64)
  })

  test('a value that throws when read does not make show throw', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(show(proxy)).toBe('an object')
    const hostile = new Proxy([], { get: () => fail(), getPrototypeOf: () => fail() })
    expect(show(hostile)).toBe('an array')
    expect(show({ toString: fail, toJSON: fail, [Symbol.toPrimitive]: fail })).toBe('an object')
  })
})

describe('the password of a URL', () => {
  test.each([
    ['https://u:hunter2@h/x', '"https://[redacted]@h/x"'],
    ['https://hunter2@h', '"https://[redacted]@h"'],
    ['http://u:hunter2@a,http://u:hunter2@b', undefined],
    ['see https://u:hunter2@h and https://v:hunter2@i', undefined],
    ['postgres://u:hun/ter2?#@h/db', '"postgres://[redacted]@h/db"'],
    ['postgres://u:hunter2@x@h/db', '"postgres://[redacted]@h/db"'],
  ])('is not shown for %s', (value, text) => {
    expect(show(value)).not.toMatch(/hun|ter2/)
    if (text !== undefined) expect(show(value)).toBe(text)
  })

  test('is never shown, wherever the string is truncated', () => {
    const noSpace = fc.string({ unit: 'binary', maxLength: 40 }).map((s) => s.replace(/[\s@]/g, ''))
    const long = fc.nat(3000).map((length) => 'p'.repeat(length))
    fc.assert(
      fc.property(
        noSpace,
        noSpace,
        fc.oneof(noSpace, long),
        noSpace,
        (before, user, rest, host) => {
          const text = show(`${before}://${user}:hunter2${rest}@${host}`)
          expect(text).not.toContain('hunter2')
        },
      ),
      { numRuns: 2000 },
    )
  })
})

test('visible escapes invisible characters, and is idempotent', () => {
  expect(visible('a\r\n\u001b[31m\0\u009b\u2028\u202e\ufeff\ud800"\\é🧵')).toBe(
    'a\\r\\n\\u001b[31m\\u0000\\u009b\\u2028\\u202e\\ufeff\\ud800"\\é🧵',
  )
  // A tag character, which takes two UTF-16 code units.
  expect(visible('\u{e0041}')).toBe('\\udb40\\udc41')
  fc.assert(
    fc.property(anyText, (text) => {
      expect(visible(text)).not.toMatch(invisible)
      expect(visible(visible(text))).toBe(visible(text))
    }),
  )
})

function fail(): never {
  throw new Error('hunter2')
}
