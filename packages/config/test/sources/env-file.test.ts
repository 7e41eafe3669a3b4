import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseEnvFile } from '../../src/sources/env-file.ts'

const values = (text: string) =>
  Object.fromEntries([...parseEnvFile(text).values].map(([name, { value }]) => [name, value]))

describe('.env', () => {
  test.each([
    ['A=1', '1'],
    ['A = 1 ', '1'],
    ['export A=1', '1'],
    ['\ufeffA=1', '1'],
    ['A=', ''],
    ['A=a b', 'a b'],
    ['A=a # comment', 'a'],
    ['A=a#b', 'a#b'],
    ['A=#a', ''],
    ['A="a # b" # comment', 'a # b'],
    ["A='a\\n$HOME'", 'a\\n$HOME'],
    ['A="a\\n\\t\\"\\\\\\q"', 'a\n\t"\\\\q'],
    ['A=`"\'`', '"\''],
    ['A="1\n2\r\n3"', '1\n2\n3'],
    ['A=postgres://h/db?a=b', 'postgres://h/db?a=b'],
    ['A=$HOME', '$HOME'],
    [
      'A="-----BEGIN KEY-----\nabc=\n-----END KEY-----"',
      '-----BEGIN KEY-----\nabc=\n-----END KEY-----',
    ],
  ])('%j', (text, value) => {
    expect(parseEnvFile(text).problems).toEqual([])
    expect(values(text)).toEqual({ A: value })
  })

  test('empty lines, comments, all ends of line, and the line of each variable', () => {
    const { values, problems } = parseEnvFile('# A=0\r\n\r\n  # x\nA=1\rB="x\ny"\nC=3')
    expect(problems).toEqual([])
    expect([...values]).toEqual([
      ['A', { value: '1', line: 4 }],
      ['B', { value: 'x\ny', line: 5 }],
      ['C', { value: '3', line: 7 }],
    ])
  })

  test.each([
    ['A=1\nL: yaml\nM=1', 2, 'has no ='],
    ['A=1\n1X=2', 2, 'has no valid name before the ='],
    ['A-B=2', 1, 'has no valid name before the ='],
    ['=2', 1, 'has no valid name before the ='],
    ['A=1\n\nA=2', 3, 'sets A again (first on line 1)'],
    ['\nA="x\nB=2\n', 2, 'has an unclosed "'],
    ["A='x' y", 1, 'has text after the closing quote'],
    ['A="x\ny" z', 2, 'has text after the closing quote'],
  ])('%j: line %d %s', (text, line, problem) => {
    expect(parseEnvFile(text).problems).toEqual([{ line, problem }])
  })

  test('a bad line costs no good one', () => {
    expect(values('A=1\nL: yaml\nM=1')).toEqual({ A: '1', M: '1' })
  })

  test('names of Object.prototype are variables', () => {
    expect([...parseEnvFile('__proto__=1\ntoString=2').values.keys()]).toEqual([
      '__proto__',
      'toString',
    ])
  })

  test('any text gives an answer, and problems quote nothing', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            'A',
            'B1',
            '=',
            '"',
            "'",
            '`',
            '\\',
            '\n',
            '\r',
            ' ',
            '#',
            'export ',
            'hunter2',
            '\0',
          ),
          { maxLength: 40 },
        ),
        (parts) => {
          const text = parts.join('')
          const { problems } = parseEnvFile(text)
          const lines = text.split(/\r\n|\n|\r/).length
          for (const { line, problem } of problems) {
            expect(line).toBeGreaterThan(0)
            expect(line).toBeLessThanOrEqual(lines)
            if (!problem.startsWith('sets')) expect(problem).not.toContain('hunter2')
          }
        },
      ),
    )
  })

  test('a quoted value is read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const text = value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
        expect(values(`A="${text}"`)).toEqual({ A: value })
      }),
    )
  })

  test('twenty problems are enough, and a megabyte is read in one go', () => {
    expect(parseEnvFile('x\n'.repeat(1000)).problems).toHaveLength(20)
    for (const text of [
      'A="'.padEnd(1e6, '\n'),
      `A=${' '.repeat(1e6)}x`,
      `${' '.repeat(1e6)}x`,
      `export${' '.repeat(1e6)}`,
      `A${' '.repeat(1e6)}`,
    ]) {
      parseEnvFile(text)
    }
  })
})
