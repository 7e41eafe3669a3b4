// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in .env look like that
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { failure } from '../support.ts'

const folder = mkdtempSync(join(tmpdir(), 'clew-config-expansion-'))
let count = 0

/** Writes `.env`, and the files beside it, into a folder of their own. */
function envFile(content: string, others: Readonly<Record<string, string>> = {}): string {
  const name = join(folder, `${count++}.env`)
  writeFileSync(name, content)
  for (const [suffix, text] of Object.entries(others)) writeFileSync(`${name}${suffix}`, text)
  return name
}

const text = config.string({ allowEmpty: true })
const spec = { a: text.optional(), b: text.optional(), c: text.optional() }
const options = (content: string, more: config.LoadOptions = {}) => ({
  env: {},
  envFile: envFile(content),
  expand: true,
  ...more,
})
const expanded = (content: string, env = {}) => config.load(spec, options(content, { env })).a
const problems = (content: string, more: config.LoadOptions = {}) => {
  const given = options(content, more)
  const { issues, message } = failure(() => config.load(spec, given))
  return issues.map(({ code, problem, hint }) => {
    expect(message).toContain(problem)
    return [code, problem.replaceAll(`${given.envFile}`, '.env'), hint]
  })
}

describe('references in .env', () => {
  test.each([
    ['A=${B}\nB=1', '1'],
    ['B=1\nA=x${B}y', 'x1y'],
    ['B=1\nA="x ${B}\\n${B}"', 'x 1\n1'],
    ["B=1\nA='${B}'", '${B}'],
    ['B=1\nA=`${B}`', '${B}'],
    ['A=${B:-x}', 'x'],
    ['A=${B:-}', ''],
    ['B=\nA=${B:-x y}', 'x y'],
    ['A="${B:-\\t}"', '\t'],
    ['A=${B:-\\t}', '\\t'],
    ['A=${B:-http://h:1/}', 'http://h:1/'],
    ['B=1\nA=\\${B}', '${B}'],
    ['B=1\nA="\\${B}"', '${B}'],
    ['B=1\nA="\\\\${B}"', '\\1'],
    ['B=1\nA=$B', '$B'],
    ['A=pa$$word$', 'pa$$word$'],
    ['A="a\\"b$"', 'a"b$'],
    ['A="\\q$"', '\\q$'],
    ['A=C:\\dir$', 'C:\\dir$'],
    ['A=${B}\nB=${C}\nC=1', '1'],
    ["A=${B}\nB='${C}'\nC=1", '${C}'],
    ['B=1\nA=${B} # ${X}', '1'],
  ])('%j gives %j', (content, value) => expect(expanded(content)).toBe(value))

  test('nothing is expanded unless asked', () => {
    const given = options('A=${B}\nB="\\${C}"', { expand: false })
    expect(config.load(spec, given)).toEqual({ a: '${B}', b: '\\${C}', c: undefined })
    expect(config.load(spec, { ...given, expand: undefined as never }).a).toBe('${B}')
  })

  test('the environment comes first, and its values are never expanded', () => {
    expect(expanded('A=${B}\nB=file', { B: 'env ${C}' })).toBe('env ${C}')
    expect(expanded('A=${B}\nB=file', { B: '' })).toBe('file')
    expect(expanded('A=${B}', { A: '${B}', B: 'x' })).toBe('${B}')
    expect(expanded('A=${toString:-none}${__proto__:-}')).toBe('none')
    const own = config.load({ a: text }, options('A=${B:-x}', { env: { B: 5 as never } }))
    expect(own.a).toBe('x')
  })

  test('a file refers to what wins among all files', () => {
    const file = envFile('A=${B}\nB=1\nC=base', { '.local': 'B=2\nC=' })
    const filled = { ...spec, c: config.string() }
    const cfg = config.load(filled, { env: {}, envFile: file, expand: true })
    expect(cfg).toEqual({ a: '2', b: '2', c: 'base' })
    expect(config.sources(cfg).map(({ source }) => source.replace(file, ''))).toEqual([
      ':1',
      '.local:1',
      ':3',
    ])
  })

  const form = 'has a reference that is not ${NAME} or ${NAME:-default}'
  test.each<[string, (readonly [string, string | undefined])[]]>([
    ['A=${B}', [['.env:1 refers to B, which is not set', 'write ${B:-} if it may be empty']]],
    ['B=\n\nA=${B}', [['.env:3 refers to B, which is not set', 'write ${B:-} if it may be empty']]],
    ['A=${A}', [['.env:1 refers to itself: A → A', undefined]]],
    ['A=${B}\nB=${C}\nC=x${A}', [['.env:1 refers to itself: A → B → C → A', undefined]]],
    ['A=${B}\nB=${C}\nC=${B}', [['.env:2 refers to itself: B → C → B', undefined]]],
    ['A=${A:-x}', [['.env:1 refers to itself: A → A', undefined]]],
    ['A=${B', [[`.env:1 ${form}`, undefined]]],
    ['A=${}', [[`.env:1 ${form}`, undefined]]],
    ['A=${1B}', [[`.env:1 ${form}`, undefined]]],
    ['A=${B-x}', [[`.env:1 ${form}`, undefined]]],
    ['A=${B:-${C}}', [[`.env:1 ${form}`, undefined]]],
    ['A="${B', [['.env:1 has an unclosed "', undefined]]],
    ['B=${C', [[`.env:1 ${form}`, undefined]]],
    ['A=${B}${B}\nC=${B}\nB=${hunter2', [[`.env:3 ${form}`, undefined]]],
  ])('%j is a problem, once, which quotes no value', (content, expected) => {
    expect(problems(content)).toEqual(expected.map(([problem, hint]) => ['syntax', problem, hint]))
  })

  test('at most 32 references deep, and 20 problems', () => {
    const chain = (length: number) =>
      Array.from({ length }, (_, index) => `V${index}=\${V${index + 1}}`).join('\n')
    expect(expanded(`A=\${V0}\n${chain(30)}\nV30=end`)).toBe('end')
    expect(problems(`A=\${V0}\n${chain(31)}\nV31=end`)).toEqual([
      ['syntax', '.env:33 is more than 32 references deep', undefined],
    ])
    const wrong = Array.from({ length: 50 }, (_, index) => `V${index}=\${X}`).join('\n')
    expect(problems(wrong)).toHaveLength(20)
    const long = Array.from({ length: 50_000 }, (_, index) => `V${index}=\${V${index + 1}}`)
    expect(problems(long.join('\n'), { maxBytes: 2e6 })[0]?.[1]).toMatch(/more than 32 references/)
  })

  test('no more than maxBytes in all', () => {
    const doubling = Array.from({ length: 28 }, (_, i) => `V${i}=\${V${i + 1}}\${V${i + 1}}`)
    expect(problems(`${doubling.join('\n')}\nV28=x`)).toEqual([
      [
        'syntax',
        expect.stringMatching(/ has more than 1048576 bytes when it is expanded$/),
        undefined,
      ],
    ])
    const env = { X: 'ä'.repeat(5) }
    expect(problems('A=${X}', { env, maxBytes: 9 })).toHaveLength(1)
    expect(config.load({ a: text }, options('A=${X}', { env, maxBytes: 30 })).a).toBe(env.X)
    expect(problems('A=${X}${X}\nB=${X}', { env, maxBytes: 29 })).toHaveLength(1)
  })

  test('any text gives an answer in proportion to its length', () => {
    for (const part of ['${', '$', '\\$', '${A', '${A}', '${A:-', '}', '${A:-x}']) {
      const given = options(`A=${part.repeat(200_000)}`, { maxBytes: 5e6 })
      try {
        config.load(spec, given)
      } catch (error) {
        expect((error as config.ConfigError).code).toBe('ERR_CONFIG_INVALID')
      }
    }
  })

  test('without a reference, a value is the same with and without expansion', () => {
    const part = fc.constantFrom('a', '\\', '"', "'", ' ', '#', '{', '}', 'B', '\n', '\\n', '`')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const file = envFile(`A=${parts.join('')}`)
        const load = (expand: boolean) => {
          try {
            return JSON.stringify(config.load(spec, { env: {}, envFile: file, expand }))
          } catch (error) {
            return (error as Error).message
          }
        }
        expect(load(true)).toBe(load(false))
      }),
    )
  })
})

describe('a secret in a reference', () => {
  const secrets = { token: config.string().secret(), old: config.string().secret().alias('FORMER') }
  const content = 'A=x${TOKEN}y\nTOKEN=hunter2\nOLD=1'
  const shown = (value: unknown) => `${inspect(value, { depth: 9 })}${JSON.stringify(value)}`

  test.each([
    ['by its name', content],
    ['by a former name', 'A=x${FORMER}\nFORMER=hunter2\nTOKEN=1'],
    ['by another variable', 'A=${B}\nB=${C}\nC=${TOKEN}\nTOKEN=hunter2\nOLD=1'],
    [
      'among others',
      'A=${B}${PGPASSWORD}${TOKEN}\nB=${PGPASSWORD}\nPGPASSWORD=x\nTOKEN=hunter2\nOLD=1',
    ],
  ])('%s: what contains it must be a secret too', (_, file) => {
    for (const a of [config.string(), config.integer(), config.url()]) {
      const { issues, stack } = failure(() => config.load({ a, ...secrets }, options(file)))
      expect(issues).toMatchObject([
        {
          code: 'invalid',
          variable: 'A',
          path: 'a',
          problem: expect.stringMatching(/^A contains \$\{(TOKEN|FORMER)\}, which is a secret$/),
          hint: 'a value that contains a secret must be declared as a secret',
        },
      ])
      expect(`${stack}${shown(issues)}`).not.toContain('hunter2')
    }
    const cfg = config.load({ a: config.string().secret(), ...secrets }, options(file))
    expect(cfg.a.reveal()).toContain('hunter2')
    expect(`${shown(cfg)}${shown(config.sources(cfg))}`).not.toContain('hunter2')
  })

  test('of the environment is one too', () => {
    const given = options('A=${TOKEN}', { env: { TOKEN: 'hunter2', OLD: '1' } })
    const { message } = failure(() => config.load({ a: text, ...secrets }, given))
    expect(message).toContain('A contains ${TOKEN}, which is a secret')
    expect(message).not.toContain('hunter2')
  })

  test('that only has the name of one is not shown', () => {
    const file = 'A=postgres://app:${DB_PASSWORD}@db/x\nDB_PASSWORD=hunter2\nB=${DB_PASSWORD}'
    const cfg = config.load({ a: config.url(), b: text }, options(file))
    expect(config.sources(cfg).map(({ value }) => value)).toEqual(['[redacted]', '[redacted]'])
    const { issues } = failure(() => config.load({ b: config.oneOf(['hunter3']) }, options(file)))
    expect(issues).toMatchObject([{ received: '[redacted]', hint: undefined }])
  })

  test('is not used in the name of a file, which is shown', () => {
    const file = 'KEY_FILE=/run/${TOKEN}\nTOKEN=hunter2\nOLD=1'
    const declared = { key: config.string().secret(), ...secrets }
    const { issues, message } = failure(() => config.load(declared, options(file)))
    expect(issues).toMatchObject([
      {
        problem: 'KEY_FILE contains ${TOKEN}, which is a secret',
        hint: 'the name of a file may be shown',
      },
    ])
    expect(message).not.toContain('hunter2')
    const named = options('KEY_FILE=/run/${API_TOKEN}\nAPI_TOKEN=hunter2')
    const { issues: other } = failure(() => config.load({ key: declared.key }, named))
    expect(other[0]!.problem).toBe('KEY_FILE contains ${API_TOKEN}, which is a credential')
  })

  test('a file may be named with a reference', () => {
    const file = envFile('KEY_FILE=${DIR}/key.txt', {})
    writeFileSync(join(folder, 'key.txt'), 'hunter2\n')
    const given = { env: { DIR: folder }, envFile: file, expand: true }
    expect(config.load({ key: config.string().secret() }, given).key.reveal()).toBe('hunter2')
  })
})
