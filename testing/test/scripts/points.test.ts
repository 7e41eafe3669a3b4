import { describe, expect, test } from '@jest/globals'
import { mutated, pointsOf } from '../../../scripts/mutate/points.js'

const pairs = (text: string) =>
  pointsOf(text).map(({ original, replacement }) => `${original} → ${replacement}`)

describe('the mutants of a program', () => {
  test.each([
    ['a < b', ['< → <=']],
    ['a <= b', ['<= → <']],
    ['a > b', ['> → >=']],
    ['a >= b', ['>= → >']],
    ['a === b', ['=== → !==']],
    ['a !== b', ['!== → ===']],
    ['a + b - c', ['+ → -', '- → +']],
    ['a && b || c', ['&& → ||', '|| → &&']],
    ['(a /* < */) < b', ['< → <=']],
    ['a /* < */ < b', ['< → <=']],
    ['a // <\n < b', ['< → <=']],
    ['a += b', ['+= → -=']],
    ['a++; --b', ['++ → --', '-- → ++']],
    ['x(!a)', ['! → ']],
    ['x(0, 1_000)', ['0 → 1', '0 → (-1)', '1_000 → 1001', '1_000 → 999']],
    ['2 ** 31', ['2 → 3', '2 → 1', '31 → 32', '31 → 30']],
    ['x(10n)', ['10n → (11n)', '10n → (9n)']],
    ['x(true, false)', ['true → false', 'false → true']],
    [`x('a', '')`, [`'a' → ''`, `'' → 'mutant'`]],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the test is about templates
    ['x(`a${b}`, `${b}`)', ['`a${b}` → ``']],
    ['if (a) b()', ['a → !(a)']],
    ['a ? b : c', ['a → !(a)']],
    ['if ((a < b)) c()', ['< → <=']],
    ['if (a) throw b', ['a → !(a)', 'throw b → ;']],
    ['function a() { return b }', ['return b → return undefined']],
    ['function a() { return undefined }', []],
    ['function a() { return true }', ['true → false']],
    [`const a = ['x' as const, b!, c satisfies 'y']`, [`'x' → ''`]],
    [`export const a = 'x'`, [`'x' → ''`]],
    [`export default 'x'`, [`'x' → ''`]],
  ])('%s', (text, expected) => {
    expect(pairs(text)).toEqual(expected)
  })

  test.each([
    `import a from 'b'`,
    `export { a } from 'b'`,
    `export * from 'b'`,
    `import('b')`,
    `type A = 'b' | 1 | true`,
    `interface A { b: 1 }`,
    `let a: 'b' | 2`,
    `f<'b'>(c as 1)`,
    `'use strict'`,
    `x({ 'a': b, 1: c })`,
    'tag`a`',
    'a ?? b',
    'a ** b',
  ])('%s has none', (text) => {
    expect(pairs(text)).toEqual([])
  })

  test('positions are right with non-ASCII characters', () => {
    const text = `// ä €\nconst größe = '🙂' // ß\nx(größe < 1)\n`
    const points = pointsOf(text)
    expect(points.map(({ line, original }) => [line, original])).toEqual([
      [2, `'🙂'`],
      [3, '<'],
      [3, '1'],
      [3, '1'],
    ])
    expect(mutated(text, points[1]!)).toBe(text.replace('<', '<='))
  })

  test('each mutant still parses', () => {
    const text = `export function f(n = -0) { return n < 1 ? { a: !n } : [-1, n - -1] }`
    for (const point of pointsOf(text)) expect(() => pointsOf(mutated(text, point))).not.toThrow()
  })
})
