import { expect, test } from '@jest/globals'
import { linesOfDiff } from '../../../scripts/mutate/lines.js'
import { sample } from '../../../scripts/mutate/sample.js'
import { linesOf, running } from '../../../scripts/mutate/tests.js'

test('the lines of a diff are the added ones, not the removed ones', () => {
  const diff = [
    'diff --git src/a.ts src/a.ts',
    '--- src/a.ts',
    '+++ src/a.ts',
    '@@ -1 +1 @@ function a()',
    '-old',
    '+new',
    '@@ -5,2 +5,0 @@',
    '-gone',
    '-gone',
    '@@ -9,0 +8,3 @@',
    '+++ 1',
    '+@@ -1 +100 @@',
    '+c',
    '--- src/gone.ts',
    '+++ /dev/null',
    '@@ -1 +0,0 @@',
    '-x',
    '--- src/ä b.ts\t',
    '+++ src/ä b.ts\t',
    '@@ -0,0 +1,2 @@',
    '+x',
    '+y',
  ].join('\n')
  expect([...linesOfDiff(diff)].map(([file, lines]) => [file, [...lines]])).toEqual([
    ['src/a.ts', [1, 8, 9, 10]],
    ['src/ä b.ts', [1, 2]],
  ])
})

test('a sample is in order, and the same for the same seed', () => {
  const list = Array.from({ length: 100 }, (_, index) => index)
  const first = sample(list, 10, 1)
  expect(first).toHaveLength(10)
  expect(new Set(first).size).toBe(10)
  expect(first).toEqual([...first].sort((a, b) => a - b))
  expect(sample(list, 10, 1)).toEqual(first)
  expect(sample(list, 10, 2)).not.toEqual(first)
  expect(sample(list, 1000, 1)).toEqual(list)
})

test('the tests of a line are those that run it: same name first, then the fastest', () => {
  const report = (count: number) => ({
    a: {
      path: 'src/a.ts',
      statementMap: {
        0: { start: { line: 1 }, end: { line: 2 } },
        1: { start: { line: 3 }, end: { line: 3 } },
      },
      s: { 0: 1, 1: count },
    },
  })
  const testFiles = [
    { path: 'test/slow.test.ts', ms: 900, lines: linesOf(report(1)) },
    { path: 'test/a.test.ts', ms: 500, lines: linesOf(report(1)) },
    { path: 'test/quick.test.ts', ms: 100, lines: linesOf(report(0)) },
  ]
  const paths = (line: number) =>
    running(testFiles, 'src/a.ts', line).map((file: { path: string }) => file.path)
  expect(paths(2)).toEqual(['test/a.test.ts', 'test/quick.test.ts', 'test/slow.test.ts'])
  expect(paths(3)).toEqual(['test/a.test.ts', 'test/slow.test.ts'])
  expect(paths(4)).toEqual([])
})
