import { inspect } from 'node:util'
import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { failure, thrown } from './support.ts'

const kinds = {
  tls: {
    enabled: config.boolean({ default: false }),
    cert: config.string().optional().describe('The certificate'),
    key: config.string().secret().optional(),
  },
  pool: { min: config.integer({ default: 1 }), max: config.integer({ default: 10 }) },
}
const spec = config.withRules(
  {
    ...kinds,
    pool: config.withRules(kinds.pool, [
      { path: 'max', must: 'be at least POOL_MIN', holds: ({ min, max }) => max >= min },
    ]),
  },
  [
    {
      path: 'tls.cert',
      must: 'be set if TLS_ENABLED is true',
      holds: ({ tls }) => !tls.enabled || tls.cert !== undefined,
    },
    {
      path: 'tls.key',
      must: 'be set if TLS_CERT is, and differ from it',
      holds: ({ tls }) => tls.cert === undefined || tls.key?.reveal() !== tls.cert,
    },
  ],
)
const problems = (env: Record<string, string>, declared: config.Spec = spec) =>
  failure(() => config.load(declared, { env })).issues

describe('withRules', () => {
  test('a configuration that keeps them is as without them', () => {
    const env = { TLS_ENABLED: 'true', TLS_CERT: 'a', TLS_KEY: 'b' }
    const cfg = config.load(spec, { env })
    expect(cfg.tls).toMatchObject({ enabled: true, cert: 'a' })
    expect(cfg).toEqual(config.load(kinds, { env }))
    expect(config.load(spec, { env: {} }).pool).toEqual({ min: 1, max: 10 })
  })

  test('one that is not kept is a problem of its variable', () => {
    expect(problems({ TLS_ENABLED: 'true' })).toEqual([
      {
        code: 'rule',
        variable: 'TLS_CERT',
        path: 'tls.cert',
        problem: 'TLS_CERT must be set if TLS_ENABLED is true',
        expected: undefined,
        received: undefined,
        source: undefined,
        hint: undefined,
      },
    ])
    const error = failure(() =>
      config.load(spec, { env: { POOL_MIN: '5', POOL_MAX: '4' }, prefix: '' }),
    )
    expect(error.message).toBe(
      'The configuration has a problem:\n\n  POOL_MAX must be at least POOL_MIN: "4" (environment)',
    )
    expect(problems({ POOL_MIN: '11' })).toMatchObject([
      { problem: 'POOL_MAX must be at least POOL_MIN', received: '"10"', source: 'default' },
    ])
  })

  test('several are reported at once, and no secret is shown', () => {
    const env = { TLS_CERT: 'hunter2', TLS_KEY: 'hunter2', POOL_MIN: '11' }
    const error = failure(() => config.load(spec, { env }))
    expect(error.issues.map(({ variable, received }) => [variable, received])).toEqual([
      ['POOL_MAX', '"10"'],
      ['TLS_KEY', '[redacted]'],
    ])
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2')
  })

  test('are checked only if all values of their declaration are valid', () => {
    const variables = (env: Record<string, string>, options?: config.LoadOptions) =>
      failure(() => config.load(spec, { env, ...options })).issues.map(({ variable }) => variable)
    expect(variables({ TLS_ENABLED: 'x', POOL_MIN: '11' })).toEqual(['POOL_MAX', 'TLS_ENABLED'])
    expect(variables({ TLS_ENABLED: 'true', POOL_MIN: 'x' })).toEqual(['POOL_MIN'])
    const pools = config.withRules({ pool: kinds.pool, pools: config.string() }, [
      { path: 'pools', must: 'x', holds: () => false },
    ])
    expect(problems({}, pools)).toMatchObject([{ code: 'missing', variable: 'POOLS' }])
    expect(variables({ POOL_MIN: '11' }, { args: ['--pool-max', '--pool-min=1'] })).toEqual([
      'POOL_MAX',
    ])
    const near = { a: config.withRules({ x: config.integer() }, []), ab: config.integer() }
    expect(problems({ A_X: '1' }, near)).toMatchObject([{ variable: 'AB' }])
  })

  test('a group is checked although another one with a longer name is invalid', () => {
    const two = {
      db: config.withRules({ a: config.integer() }, [
        { path: 'a', must: 'be 2', holds: ({ a }) => a === 2 },
      ]),
      dbs: { a: config.integer() },
    }
    expect(problems({ DB_A: '1' }, two).map(({ code }) => code)).toEqual(['missing', 'rule'])
  })

  test('one that throws is reported, without what it threw', () => {
    const throwing = (error: unknown) =>
      config.withRules({ key: config.string().secret() }, [
        {
          path: 'key',
          must: 'be good',
          holds: ({ key }) => {
            if (error instanceof Error) error.message += key.reveal()
            throw error
          },
        },
      ])
    const named = Object.assign(new Error('x'), { name: 'hunter2 x' })
    for (const [error, name] of [
      [new RangeError('it is '), 'RangeError'],
      ['hunter2', 'something other than an error'],
      [named, 'an error'],
      [null, 'something other than an error'],
    ] as const) {
      const issues = problems({ KEY: 'hunter2' }, throwing(error))
      expect(issues).toMatchObject([
        {
          code: 'rule',
          problem: `KEY cannot be checked: its rule threw ${name}`,
          hint: 'the rule: must be good',
        },
      ])
      expect(JSON.stringify(issues)).not.toContain('hunter2')
    }
  })

  test('one that is asynchronous is a mistake, and its rejection ends nothing', async () => {
    const declared = config.withRules({ a: config.string() }, [
      { path: 'a', must: 'x', holds: (async () => Promise.reject(new Error('x'))) as never },
    ])
    expect(thrown(() => config.load(declared, { env: { A: '1' } }))).toMatchObject({
      code: 'ERR_CONFIG_DECLARATION',
      message: 'config.load: the rule of a must not be asynchronous',
    })
    await new Promise((resolve) => setImmediate(resolve))
  })

  test('see values that are frozen', () => {
    const declared = config.withRules({ g: { list: config.list(config.integer()) } }, [
      {
        path: 'g.list',
        must: 'x',
        holds: (cfg) => [cfg, cfg.g, cfg.g.list].every((part) => Object.isFrozen(part)),
      },
    ])
    expect(config.load(declared, { env: { G_LIST: '1' } }).g.list).toEqual([1])
  })

  test('add up, leave the declaration as it was, and see names of any sort', () => {
    const base = { constructor: config.integer(), a: config.integer() }
    const rule = (path: 'constructor' | 'a') => ({
      path,
      must: `not be ${path}`,
      holds: () => false,
    })
    const once = config.withRules(base, [rule('constructor')])
    const twice = config.withRules(once, [rule('a')])
    const env = { CONSTRUCTOR: '1', A: '1' }
    expect(config.load(base, { env })).toEqual({ constructor: 1, a: 1 })
    expect(problems(env, once)).toHaveLength(1)
    expect(problems(env, twice)).toHaveLength(2)
    expect(Object.isFrozen(twice)).toBe(true)
    expect(Object.keys(twice)).toEqual(['constructor', 'a'])
    const deep = { x: { y: { z: twice } } }
    expect(problems({ X_Y_Z_A: '1', X_Y_Z_CONSTRUCTOR: '1' }, deep)).toMatchObject([
      { path: 'x.y.z.a' },
      { path: 'x.y.z.constructor' },
    ])
  })

  test.each(['tls', 'tls.none', 'none', 'tls.cert.x', '__proto__', 'toString', ''])(
    'the path %j is a mistake',
    (path) => {
      const rule = { path, must: 'x', holds: () => true } as never
      expect(thrown(() => config.withRules(kinds, [rule]))).toMatchObject({
        name: 'TypeError',
        code: 'ERR_CONFIG_DECLARATION',
        message: `config.withRules: rules[0].path must be the path of a variable of spec, such as tls.cert; received "${path}"`,
      })
    },
  )

  test('at most a thousand', () => {
    const rule = { path: 'a', must: 'x', holds: () => true } as const
    const many = (count: number) =>
      config.withRules(
        { a: config.integer() },
        Array.from({ length: count }, () => rule),
      )
    expect(config.load(many(1000), { env: { A: '1' } }).a).toBe(1)
    expect(thrown(() => many(1001)).message).toMatch(/at most 1000 rules/)
    expect(thrown(() => config.withRules(many(1000), [rule])).code).toBe('ERR_CONFIG_OPTION')
  })

  test('are in the documents', () => {
    expect(config.markdown(spec)).toContain(
      '| `TLS_CERT` | a string | – | The certificate. Must be set if TLS\\_ENABLED is true. |',
    )
    expect(config.markdown(spec)).toContain('| `10` | Must be at least POOL\\_MIN. |')
    expect(config.envExample(spec, { prefix: 'APP' })).toContain(
      '# Must be at least POOL_MIN.\n# Default below: an integer\n# APP_POOL_MAX=10\n',
    )
    expect(config.help(spec)).toContain('Must be at least POOL_MIN. Takes an integer.')
    expect(config.jsonSchema(spec)['properties']).toMatchObject({
      POOL_MAX: { description: 'Must be at least POOL_MIN. Takes an integer.' },
      POOL_MIN: { description: 'Takes an integer.' },
    })
  })
})
