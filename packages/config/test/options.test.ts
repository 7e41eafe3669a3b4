import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { read, thrown } from './support.ts'

const spec = { a: config.string({ default: 'x' }) }
const cfg = config.load(spec, { env: {} })
const item = config.integer()

/** Each public function with options, and the options that it has. */
const functions: readonly [string, (options: never) => unknown, readonly string[]][] = [
  ['string', config.string, ['default', 'name', 'min', 'max', 'pattern', 'allowEmpty']],
  ['integer', config.integer, ['default', 'name', 'min', 'max', 'radixPrefix']],
  ['number', config.number, ['default', 'name', 'min', 'max']],
  ['boolean', config.boolean, ['default', 'name']],
  ['duration', config.duration, ['default', 'name', 'min', 'max']],
  ['bytes', config.bytes, ['default', 'name', 'min', 'max']],
  ['port', config.port, ['default', 'name', 'min', 'max']],
  ['address', config.address, ['default', 'name']],
  ['connectionString', config.connectionString, ['default', 'name', 'protocols', 'min', 'max']],
  ['url', config.url, ['default', 'name', 'protocols', 'requireHost']],
  ['oneOf', (options) => config.oneOf(['a'], options), ['default', 'name']],
  [
    'list',
    (options) => config.list(item, options),
    ['default', 'name', 'separator', 'min', 'max', 'allowEmpty'],
  ],
  [
    'map',
    (options) => config.map(item, options),
    ['default', 'name', 'separator', 'assign', 'min', 'max', 'allowEmpty'],
  ],
  ['json', config.json, ['default', 'name']],
  [
    'custom',
    (options) => config.custom(String, options),
    ['default', 'name', 'expected', 'format'],
  ],
  ['schema', (options) => config.schema(z.string(), options), ['default', 'name', 'json']],
  [
    'load',
    (options) => config.load(spec, options),
    ['prefix', 'env', 'args', 'envFile', 'expand', 'files', 'maxBytes', 'unknown'],
  ],
  [
    'loadOrExit',
    (options) => config.loadOrExit(spec, options),
    ['prefix', 'env', 'args', 'envFile', 'expand', 'files', 'maxBytes', 'unknown'],
  ],
  ['watch', (options) => config.watch(cfg, options), ['intervalMs']],
  ['markdown', (options) => config.markdown(spec, options), ['prefix']],
  ['envExample', (options) => config.envExample(spec, options), ['prefix']],
  ['jsonSchema', (options) => config.jsonSchema(spec, options), ['prefix']],
  ['help', (options) => config.help(spec, options), ['prefix']],
]

describe.each(functions)('the options of config.%s', (name, call, options) => {
  test('an unknown one is refused', () => {
    expect(thrown(() => call({ prefixx: 'APP' } as never))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_CONFIG_OPTION',
      message: `config.${name}: unknown option "prefixx"; the options are ${options.join(', ')}`,
    })
  })

  test.each([null, 5, 'x', []])('%j is refused', (value) => {
    expect(thrown(() => call(value as never))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_CONFIG_OPTION',
      message: expect.stringMatching(`^config\\.${name}: options must be an object; received `),
    })
  })

  test('each that is undefined is its default', async () => {
    const undefinedOptions = Object.fromEntries(options.map((option) => [option, undefined]))
    for (const value of [undefined, undefinedOptions]) {
      const result = call(value as never) as Partial<config.SecretWatcher>
      await result.shutdown?.()
    }
  })
})

test('min and max that are undefined are no bounds', () => {
  expect(read(config.string({ min: undefined as never, max: 1 }), 'a')).toBe('a')
  expect(read(config.list(item, { max: undefined as never }), '1,2')).toEqual([1, 2])
  expect(read(config.url({ protocols: undefined as never }), 'x://a').protocol).toBe('x:')
})

test.each<[string, () => unknown]>([
  [
    'config.integer: min must be a safe integer; received "x"',
    () => config.integer({ min: 'x' as never }),
  ],
  [
    'config.integer: max must be a safe integer of at least 5; received 3',
    () => config.integer({ min: 5, max: 3 }),
  ],
  [
    'config.number: max must be a finite number; received Infinity',
    () => config.number({ max: Number.POSITIVE_INFINITY }),
  ],
  [
    'config.duration: max must be a duration of at least 10s; received "1s"',
    () => config.duration({ min: '10s', max: '1s' }),
  ],
  [
    'config.list: max must be an integer of at least 3; received 2',
    () => config.list(item, { min: 3, max: 2 }),
  ],
  [
    'config.list: item must be a kind such as config.string(); received an object',
    () => config.list({} as never),
  ],
  [
    'config.map: assign must be a string that does not contain "=" and is not a part of it; received ":="',
    () => config.map(item, { separator: '=', assign: ':=' }),
  ],
  [
    "config.url: protocols must be an array of schemes such as ['https:']; received an array",
    () => config.url({ protocols: ['https'] }),
  ],
  [
    'config.oneOf: values must be a non-empty array of non-empty strings; received an array',
    () => config.oneOf([]),
  ],
  [
    'config.schema: schema must be a Standard Schema of version 1; received an object',
    () => config.schema({} as never),
  ],
  [
    'config.string().describe: text must be a string; received 1',
    () => config.string().describe(1 as never),
  ],
  [
    'config.watch: intervalMs must be an integer from 100 to 2147483647; received 99',
    () => config.watch(cfg, { intervalMs: 99 }),
  ],
  [
    'config.load: expand must be true or false; received 1',
    () => config.load(spec, { expand: 1 as never }),
  ],
  [
    'config.custom: parse must be a function; received undefined',
    () => config.custom(undefined as never),
  ],
  [
    'config.custom: expected must be a non-empty string; received ""',
    () => config.custom(String, { expected: '' }),
  ],
  [
    'config.custom: format must be a function; received 1',
    () => config.custom(String, { format: 1 as never }),
  ],
  [
    'config.string().alias: names must be variable names such as OLD_ADDR; received "a-b"',
    () => config.string().alias('OLD', 'a-b'),
  ],
  [
    'config.string().alias: names must be 1 to 10 names; received an array',
    () => config.string().alias(),
  ],
  [
    'config.withRules: rules must be an array of rules; received an object',
    () => config.withRules(spec, {} as never),
  ],
  [
    'config.withRules: unknown option "rules[0].field"; the options are rules[0].path, rules[0].must, rules[0].holds',
    () => config.withRules(spec, [{ field: 'a' } as never]),
  ],
  [
    'config.withRules: rules[0].must must be a text of 1 to 500 characters; received " "',
    () => config.withRules(spec, [{ path: 'a', must: ' ', holds: () => true }]),
  ],
  [
    'config.withRules: rules[0].holds must be a function; received 1',
    () => config.withRules(spec, [{ path: 'a', must: 'x', holds: 1 as never }]),
  ],
  [
    'config.help: prefix must be a name such as APP; received "a-b"',
    () => config.help(spec, { prefix: 'a-b' }),
  ],
  [
    'config.loadOrExit: spec must be an object of kinds; received undefined',
    () => config.loadOrExit(undefined as never),
  ],
  [
    'config.url: requireHost must be true or false; received "https://[redacted]@h"',
    () => config.url({ requireHost: 'https://u:hunter2@h' as never }),
  ],
])('%s', (message, call) => {
  expect(thrown(call)).toMatchObject({ name: 'TypeError', code: 'ERR_CONFIG_OPTION', message })
})
