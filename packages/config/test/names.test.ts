import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { type } from 'arktype'
import { z } from 'zod'
import { thrown } from './support.ts'

const variables = (spec: config.Spec, options?: config.DocumentOptions) =>
  Object.keys(config.jsonSchema(spec, options)['properties'] as object).filter(
    (name) => !name.endsWith('_FILE'),
  )

describe('names', () => {
  test.each([
    ['httpAddr', 'HTTP_ADDR'],
    ['HTTPAddr', 'HTTP_ADDR'],
    ['grpcAddr', 'GRPC_ADDR'],
    ['MACAddress', 'MAC_ADDRESS'],
    ['multiWordVarWithAutoSplit', 'MULTI_WORD_VAR_WITH_AUTO_SPLIT'],
    ['userID', 'USER_ID'],
    ['s3Bucket', 'S3_BUCKET'],
    ['oauth2ClientId', 'OAUTH2_CLIENT_ID'],
    ['ipv6Addr', 'IPV6_ADDR'],
    ['already_snake', 'ALREADY_SNAKE'],
    ['UPPER_CASE', 'UPPER_CASE'],
    ['x', 'X'],
    ['isAUser', 'IS_A_USER'],
    ['aBCd', 'A_B_CD'],
    ['A1B', 'A1_B'],
    ['__a__b_', 'A_B'],
    ['getURL', 'GET_URL'],
    ['constructor', 'CONSTRUCTOR'],
    ['toString', 'TO_STRING'],
  ])('%s is %s', (key, variable) =>
    expect(variables({ [key]: config.string() })).toEqual([variable]),
  )

  test('groups, prefixes, names of their own', () => {
    const spec = {
      db: { maxRetries: config.integer(), tls: { caFile: config.string() } },
      port: config.integer({ name: 'PORT' }),
    }
    expect(variables(spec, { prefix: 'APP' })).toEqual(['APP_DB_MAX_RETRIES', 'PORT'])
    expect(variables(spec, { prefix: 'APP_' })).toEqual(['APP_DB_MAX_RETRIES', 'PORT'])
  })

  test.each<[string, config.Spec, string]>([
    [
      'two with one name',
      { aB: config.string(), a: { b: config.string() } },
      'config.load: aB and a.b of spec must not share the variable A_B',
    ],
    [
      'two with one explicit name',
      { a: config.string({ name: 'X' }), x: config.string() },
      'config.load: a and x of spec must not share the variable X',
    ],
    [
      'two with one option',
      { a: config.string({ name: 'X' }), A: config.string() },
      'config.load: a and A of spec must not share the option --a',
    ],
    [
      'a key that is no name',
      { 'a-b': config.string() },
      'not starting with a digit; received "a-b"',
    ],
    [
      '__proto__',
      { ['__proto__']: config.string() },
      'not starting with a digit; received "__proto__"',
    ],
    ['underscores only', { __: config.string() }, 'not starting with a digit; received "__"'],
    [
      'a key of 65 characters',
      { ['a'.repeat(65)]: config.string() },
      'config.load: a key of spec must be 1 to 64 letters, digits and _',
    ],
    [
      'a key that begins with a digit',
      { '1a': config.string() },
      'not starting with a digit; received "1a"',
    ],
    [
      'a key beyond ASCII',
      { größe: config.string() },
      'not starting with a digit; received "größe"',
    ],
    ['a key that is no name, in a group', { a: { 'b-c': config.string() } }, 'received "b-c" in a'],
    [
      'the schema of a library',
      { a: z.string() } as never,
      'config.load: spec.a must be a kind; received a schema: wrap it in config.schema(…)',
    ],
    [
      'one that is a function',
      { a: { b: type('string') } } as never,
      'config.load: spec.a.b must be a kind; received a schema: wrap it in config.schema(…)',
    ],
    [
      'no kind',
      { a: { b: 8080 } } as never,
      'config.load: spec.a.b must be a kind such as config.string() or a group of kinds; received 8080',
    ],
    [
      'an array',
      { a: [config.string()] } as never,
      'config.load: spec.a must be a kind such as config.string() or a group of kinds; received an array',
    ],
  ])('%s is a mistake', (_, spec, message) => {
    const error = thrown(() => config.load(spec, { env: {}, envFile: false }))
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_CONFIG_DECLARATION' })
    expect(error.message).toContain(message)
  })

  test('10 000 variables are read, one more is a mistake', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`v${i}`, config.integer()]))
    const env = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`V${i}`, `${i}`]))
    expect(config.load(many(10_000), { env, envFile: false })['v9999']).toBe(9999)
    expect(thrown(() => config.load(many(10_001), { env, envFile: false })).message).toBe(
      'config.load: spec must have at most 10000 variables',
    )
  })

  test('a declaration that contains itself is a mistake', () => {
    const spec: Record<string, unknown> = {}
    spec['again'] = spec
    expect(thrown(() => config.load(spec as config.Spec)).code).toBe('ERR_CONFIG_DECLARATION')
  })
})
