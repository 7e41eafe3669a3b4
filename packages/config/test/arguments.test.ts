import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { failure, thrown } from './support.ts'

const spec = {
  httpAddr: config.address({ default: ':8080' }),
  verbose: config.boolean({ default: false }),
  db: { pool: config.integer({ default: 1, name: 'POOL' }) },
  apiKey: config.string().secret().optional(),
}
const load = (...args: string[]) =>
  config.load(spec, { env: { HTTP_ADDR: ':1' }, envFile: false, args })
const problems = (...args: string[]) =>
  failure(() => load(...args)).issues.map(({ code, problem, hint }) => [code, problem, hint])

describe('command line', () => {
  test('overrides the environment', () => {
    expect(load('--http-addr=:9090', '--db-pool', '7', '--verbose')).toMatchObject({
      httpAddr: { port: 9090 },
      db: { pool: 7 },
      verbose: true,
    })
    expect(load('--no-verbose').verbose).toBe(false)
    expect(load('--verbose=off').verbose).toBe(false)
    expect(load('--db-pool', '3', '--', 'anything', '--else').db.pool).toBe(3)
    expect(config.sources(load('--http-addr=:9090'))[0]).toMatchObject({
      source: 'option --http-addr',
      value: ':9090',
    })
  })

  test('an empty value counts as unset, as everywhere', () => {
    expect(load('--http-addr=').httpAddr).toEqual({ port: 1 })
  })

  test.each<[string[], unknown[][]]>([
    [['--htp-addr=:1'], [['unknown', 'unknown option "--htp-addr"', 'did you mean --http-addr?']]],
    [['--zzz', 'hunter2'], [['unknown', 'unknown option "--zzz"', undefined]]],
    [
      ['--api-key:hunter2'],
      [['unknown', 'unknown option "--api-key…"', 'did you mean --api-key?']],
    ],
    [['--api key hunter2'], [['unknown', 'unknown option "--api…"', undefined]]],
    [['--zzz', '-1'], [['unknown', 'unknown option "--zzz"', undefined]]],
    [['hunter2'], [['unknown', 'argument 1 is not an option (--name=value)', undefined]]],
    [['-v'], [['unknown', 'argument 1 is not an option (--name=value)', undefined]]],
    [['--http-addr'], [['invalid', '--http-addr needs a value', undefined]]],
    [['--http-addr', '--verbose'], [['invalid', '--http-addr needs a value', undefined]]],
    [['--no-verbose=1'], [['invalid', '--no-verbose takes no value', undefined]]],
    [['--no-http-addr'], [['unknown', 'unknown option "--no-http-addr"', undefined]]],
    [
      ['--db-pool=1', '--db-pool=2'],
      [['conflict', '--db-pool is given more than once', undefined]],
    ],
    [['--verbose', '--no-verbose'], [['conflict', '--verbose is given more than once', undefined]]],
    [
      ['--api-key', 'hunter2'],
      [
        [
          'invalid',
          '--api-key is a secret, and all users of a machine can see its command lines',
          'set API_KEY or API_KEY_FILE',
        ],
      ],
    ],
    [
      ['--help'],
      [
        [
          'unknown',
          '--help is not supported by load',
          'loadOrExit prints the help; help(spec) returns it',
        ],
      ],
    ],
  ])('%j', (args, expected) => {
    expect(problems(...args)).toEqual(expected)
    expect(failure(() => load(...args)).stack).not.toContain('hunter2')
  })

  test('a list that is given twice gets a hint how to write it', () => {
    const error = failure(() =>
      config.load(
        { origin: config.list(config.string()) },
        { env: {}, args: ['--origin=a', '--origin=b'] },
      ),
    )
    expect(error.issues[0]).toMatchObject({
      code: 'conflict',
      problem: '--origin is given more than once',
      hint: 'write the whole list as one value',
    })
  })

  test('an option that is the negation of another one is a mistake', () => {
    const two = { cache: config.boolean({ default: true }), noCache: config.string().optional() }
    expect(config.load(two, { env: { NO_CACHE: 'x' } })).toEqual({ cache: true, noCache: 'x' })
    expect(thrown(() => config.load(two, { env: {}, args: ['--no-cache=x'] }))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_CONFIG_DECLARATION',
      message: 'config.load: cache and noCache of spec must not share the option --no-cache',
    })
  })

  test('what the command line says wrongly is not called missing besides', () => {
    const { issues } = failure(() =>
      config.load(
        { port: config.integer(), key: config.string().secret(), other: config.string() },
        { env: {}, envFile: false, args: ['--port', '--key=hunter2'] },
      ),
    )
    expect(issues.map(({ variable, code }) => [variable, code])).toEqual([
      ['KEY', 'invalid'],
      ['OTHER', 'missing'],
      ['PORT', 'invalid'],
    ])
  })

  test('a value is checked like any other', () => {
    expect(failure(() => load('--db-pool=x')).issues[0]).toMatchObject({
      variable: 'POOL',
      path: 'db.pool',
      source: 'option --db-pool',
      received: '"x"',
    })
  })

  test('--help is an option like any other when it is declared', () => {
    const cfg = config.load(
      { help: config.boolean({ default: false }) },
      { env: {}, envFile: false, args: ['--help'] },
    )
    expect(cfg.help).toBe(true)
  })

  test('thousands of wrong arguments give twenty problems', () => {
    expect(problems(...Array(5000).fill('x'))).toHaveLength(20)
  })
})
