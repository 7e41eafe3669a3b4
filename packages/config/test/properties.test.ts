import { inspect } from 'node:util'
import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { z } from 'zod'
import { failure, growth, linear, read } from './support.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: fc.constantFrom(...'0123456789-+.eE:x,= smhd[]/@'), maxLength: 12 }),
)
const scalar = fc.oneof(
  text,
  fc.integer().map(String),
  fc.double({ noNaN: true }).map(String),
  fc.constantFrom(
    'true',
    'off',
    '10s',
    '1h30m',
    ':80',
    '[::1]:80',
    'unix:/a',
    'https://a.example/b',
    'redis://u:p@a:1,b/c',
    '16MiB',
    'info',
    'INFO',
    'debug',
  ),
)
const kinds: readonly config.Kind<unknown>[] = [
  config.string(),
  config.integer(),
  config.integer({ radixPrefix: true }),
  config.number(),
  config.boolean(),
  config.duration({ min: '-2562047h', max: '2562047h' }),
  config.bytes(),
  config.port(),
  config.address(),
  config.url(),
  config.connectionString(),
  config.oneOf(['debug', 'info']),
  config.list(config.integer()),
  config.list(config.duration()),
  config.map(config.number()),
  config.map(config.string()),
  config.json(),
  config.custom(Number, { format: String }),
  config.schema(z.string().min(1)),
  config.list(config.schema(z.string().toUpperCase())),
]

/** Everything that is printed of a thing, one way or another. */
const everything = (value: unknown) =>
  [
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    inspect(value, { customInspect: false, showHidden: true, depth: 20 }),
    JSON.stringify(value),
    String(value),
  ].join()

describe('any environment', () => {
  test('an accepted text round-trips; a refused one names its variable', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.oneof(
          scalar,
          fc.array(scalar, { maxLength: 4 }).map((parts) => parts.join()),
          fc.json(),
          fc.constantFrom('1e400', '[-1e400]', '{"a":1E+999}', 'file://a:', 'file://c:/x'),
        ),
        (kind, input) => {
          const env = { VALUE: input }
          try {
            const first = config.load({ value: kind }, { env, envFile: false })
            const again = textOf(kind, first.value)
            expect(read(kind, again)).toEqual(first.value)
          } catch (error) {
            const { issues, code } = error as config.ConfigError
            expect(code).toBe('ERR_CONFIG_INVALID')
            expect(issues).toMatchObject([{ variable: 'VALUE', path: 'value' }])
          }
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('a text that is accepted matches the JSON Schema', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), scalar, (kind, input) => {
        const { properties } = config.jsonSchema({ value: kind }) as {
          properties: { VALUE: { pattern?: string; enum?: string[] } }
        }
        try {
          read(kind, input)
        } catch {
          return
        }
        if (input === '') return
        if (properties.VALUE.pattern)
          expect(input).toMatch(new RegExp(properties.VALUE.pattern, 'u'))
        if (properties.VALUE.enum) expect(properties.VALUE.enum).toContain(input)
      }),
      { numRuns: 2000 },
    )
  })

  test('names and values of any sort neither crash it nor leak a secret', () => {
    const name = fc.oneof(
      fc.constantFrom(
        '__proto__',
        'toString',
        'constructor',
        'hasOwnProperty',
        'API_KEY',
        'API_KEYS',
        'DATABASE_URL',
        'DATABASE_URL_FILE',
        'TOKEN',
        'ITEMS',
        'NODE_ENV',
        '',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    )
    const marker = 'hunter2-8f1c'
    const value = fc.oneof(
      text,
      fc.constantFrom('', '\0', marker, `https://user:${marker}@host/`, `user:${marker}@host`),
      text.map((rest) => `${marker}${rest}`),
    )
    const spec = {
      apiKey: config.string({ min: 8, pattern: /^[a-z0-9-]+$/ }).secret(),
      databaseUrl: config
        .url({ protocols: ['postgres:', 'https:'] })
        .secret()
        .optional(),
      token: config.schema(z.string().min(20)).secret().optional(),
      items: config.list(config.integer(), { max: 3 }).secret().optional(),
      number: config.map(config.duration()).secret().optional(),
      json: config
        .schema(z.object({ a: z.string() }), { json: true })
        .secret()
        .optional(),
      plainUrl: config.url({ name: 'DATABASE_URLS' }).optional(),
    }
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, value), { maxLength: 12 }),
        fc.array(value, { maxLength: 4 }),
        (entries, args) => {
          const env: Record<string, string> = {}
          for (const [key, entry] of entries)
            Object.defineProperty(env, key, {
              value: entry,
              enumerable: true,
              configurable: true,
              writable: true,
            })
          try {
            const cfg = config.load(spec, { env, envFile: false })
            expect(everything(cfg)).not.toContain(marker)
            expect(everything(config.sources(cfg))).not.toContain(marker)
          } catch (error) {
            expect((error as config.ConfigError).code).toBe('ERR_CONFIG_INVALID')
            expect(`${everything(error)}${(error as Error).stack}`).not.toContain(marker)
          }
          try {
            config.load(spec, {
              env: {},
              envFile: false,
              args: args.flatMap((arg) => ['--api-kye', arg, `--tokn=${arg}`]),
            })
          } catch (error) {
            expect(`${everything(error)}${(error as Error).stack}`).not.toContain(marker)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  test.each<[string, config.Kind<unknown>, string]>([
    ...kinds.map((kind, index): [string, config.Kind<unknown>, string] => [
      `kind ${index}`,
      kind,
      '1'.repeat(1_000_000),
    ]),
    ...kinds.map((kind, index): [string, config.Kind<unknown>, string] => [
      `kind ${index}, commas`,
      kind,
      '1,'.repeat(500_000),
    ]),
    ...kinds.map((kind, index): [string, config.Kind<unknown>, string] => [
      `kind ${index}, units`,
      kind,
      '1s'.repeat(500_000),
    ]),
    ...kinds.map((kind, index): [string, config.Kind<unknown>, string] => [
      `kind ${index}, colons`,
      kind,
      ':/'.repeat(500_000),
    ]),
    ...kinds.map((kind, index): [string, config.Kind<unknown>, string] => [
      `kind ${index}, spaces`,
      kind,
      `a${' '.repeat(900_000)}b`,
    ]),
  ])('a megabyte does not hang %s', (_, kind, input) => {
    try {
      config.load({ value: kind }, { env: { VALUE: input }, envFile: false })
    } catch (error) {
      expect((error as config.ConfigError).code).toBe('ERR_CONFIG_INVALID')
      expect((error as config.ConfigError).message.length).toBeLessThan(2000)
    }
  })

  const shapes: Readonly<Record<string, (size: number) => string>> = {
    digits: (size) => '1'.repeat(size),
    commas: (size) => '1,'.repeat(size),
    units: (size) => '1s'.repeat(size),
    colons: (size) => ':/'.repeat(size),
    spaces: (size) => `a${' '.repeat(size)}b`,
    'entries without a sign': (size) => 'a '.repeat(size),
    brackets: (size) => '['.repeat(size),
    escapes: (size) => `"${'\\u'.repeat(size)}`,
  }
  test.each(
    kinds.flatMap((kind, index) =>
      Object.entries(shapes).map(
        ([name, shape]) => [`kind ${index}, ${name}`, kind, shape] as const,
      ),
    ),
  )('%s: time in proportion to the length', (_, kind, shape) => {
    const grown = growth((size) => {
      try {
        config.load({ value: kind }, { env: { VALUE: shape(size) }, envFile: false })
      } catch (error) {
        expect((error as config.ConfigError).code).toBe('ERR_CONFIG_INVALID')
      }
    }, 4000)
    expect(grown).toBeLessThan(linear)
  })

  test('thousands of variables, set and missing: their names are asked for once', () => {
    const env = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [`OTHER_VARIABLE_${i}`, 'x']),
    )
    const spec = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [`othersVariable${i}`, config.string()]),
    )
    let asked = 0
    const counting = new Proxy(env, {
      ownKeys(target) {
        asked++
        return Reflect.ownKeys(target)
      },
    })
    expect(() => config.load(spec, { env: counting, envFile: false })).toThrow('100 problems')
    expect(asked).toBe(1)
  })

  test('a report has no control characters but the ends of its own lines', () => {
    const moving = fc.constantFrom(
      '\u001b[2J',
      '\r',
      '\n',
      '\u202e',
      '\u2066',
      '\u2028',
      '\u009b',
      '\0',
    )
    const affix = fc.constantFrom('', '*:', ':', 'unix:/', 'https://', 'a=', '"', '1,', '[::1]:')
    const hostile = fc
      .tuple(affix, fc.array(fc.oneof(moving, scalar), { maxLength: 5 }))
      .map(([head, parts]) => `${head}${parts.join('')}`)
    const foreign = config.schema({
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => ({ issues: [{ message: `\u001b\n\u202e ${value}`, path: ['\n'] }] }),
      },
    } as config.StandardSchema)
    const all = [...kinds, foreign, config.list(config.address()), config.map(config.address())]
    fc.assert(
      fc.property(fc.constantFrom(...all), hostile, hostile, (kind, input, name) => {
        const spec = { value: kind, other: config.oneOf(['a\n\u001b', 'b']) }
        const env = { VALUE: input, OTHER: input, [`X_${name}`]: 'x', X_VALUE: input }
        for (const options of [{}, { prefix: 'X', unknown: 'refuse' as const }]) {
          const error = failure(() => config.load(spec, { env, envFile: false, ...options }))
          expect(error.message.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
          for (const line of error.message.split('\n').slice(1)) {
            expect(line).toMatch(/^$|^ {2}(\S+|".*") is (not|set|invalid)|^ {4}(expected|hint): /)
          }
          for (const issue of error.issues) {
            expect(Object.values(issue).join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
          }
        }
      }),
      { numRuns: 2000 },
    )
  })
})

/** The text for a value, as `sources` would print it if it were not cut. */
function textOf(kind: config.Kind<unknown>, value: unknown): string {
  const [definitionKey] = Object.getOwnPropertySymbols(kind) as [keyof config.Kind<unknown>]
  return (
    kind[definitionKey] as unknown as { grammar: { format(value: unknown): string } }
  ).grammar.format(value)
}
