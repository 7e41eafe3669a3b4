import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as config from '@clew/config'
import { nodeEval } from '@clew/testing'
import { describe, expect, test } from '@jest/globals'
import { failure, thrown } from './support.ts'

const packageFolder = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'clew-config-aliases-'))
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
let count = 0
/** A name that no test has used: each is reported once in a process. */
const fresh = () => `OLD_${count++}`

/** What a watch reports. */
function reportsOf(configuration: object): config.Report[] {
  const reports: config.Report[] = []
  const watcher = config.watch(configuration)
  watcher.subscribe((report) => reports.push(report))
  void watcher.shutdown()
  return reports
}

describe('a former name', () => {
  test('is read where the new one is not set', () => {
    const spec = { addr: config.address().alias('LISTEN', 'BIND'), n: config.integer().optional() }
    const cfg = config.load(spec, { env: { BIND: ':1' } })
    expect(cfg.addr).toEqual({ port: 1 })
    expect(config.sources(cfg)[0]).toEqual({
      variable: 'ADDR',
      path: 'addr',
      source: 'environment as BIND',
      value: ':1',
    })
    const both = config.load(spec, { env: { ADDR: '', LISTEN: '', BIND: ':1' } })
    expect(config.sources(both)[0]!.source).toBe('environment as BIND')
    const next = config.load(spec, { env: { ADDR: ':2' }, envFile: file('a.env', 'LISTEN=:3') })
    expect(config.sources(next)[0]!.source).toBe('environment')
    const older = config.load(spec, { env: { LISTEN: ':3' }, envFile: file('b.env', 'ADDR=:2') })
    expect(config.sources(older)[0]!.source).toBe('environment as LISTEN')
    const named = config.load(spec, { env: {}, envFile: file('c.env', '\nLISTEN=:3') })
    expect(config.sources(named)[0]!.source).toBe(`${join(folder, 'c.env')}:2 as LISTEN`)
    const optional = config.load({ a: config.string().alias(fresh()).optional() }, { env: {} })
    expect(optional.a).toBeUndefined()
  })

  test('has no prefix, and is declared', () => {
    const spec = { port: config.port().alias('PORT', 'APP_LISTEN') }
    const options = { prefix: 'APP', unknown: 'refuse' } as const
    expect(config.load(spec, { ...options, env: { PORT: '1' } }).port).toBe(1)
    expect(config.load(spec, { ...options, env: { APP_LISTEN: '1' } }).port).toBe(1)
    const secret = { key: config.string().secret().alias('APP_TOKEN') }
    const env = { APP_TOKEN_FILE: '', APP_KEY: 'x' }
    expect(config.load(secret, { ...options, env }).key.reveal()).toBe('x')
    const { issues } = failure(() => config.load(spec, { ...options, env: { APP_PORTS: '1' } }))
    expect(issues.map(({ variable }) => variable)).toEqual(['APP_PORT', 'APP_PORTS'])
  })

  test('is no typo of another variable', () => {
    const spec = { apiKeys: config.string(), other: config.string().alias('API_KEY') }
    const { issues } = failure(() => config.load(spec, { env: { API_KEY: 'x' } }))
    expect(issues).toMatchObject([{ variable: 'API_KEYS', hint: undefined }])
  })

  test('with another value than the new one is a conflict, and neither is shown', () => {
    const spec = { key: config.string().secret().alias('TOKEN', 'PASS') }
    const problem = (env: Record<string, string>) => {
      const { issues, message } = failure(() => config.load(spec, { env }))
      expect(message).not.toMatch(/hunter2/)
      expect(issues).toHaveLength(1)
      return issues[0]
    }
    expect(problem({ KEY: 'hunter2', TOKEN: 'hunter2x' })).toMatchObject({
      code: 'conflict',
      variable: 'KEY',
      path: 'key',
      problem: 'KEY and TOKEN are both set, to different values',
      hint: 'TOKEN is a former name of KEY: unset it',
    })
    expect(problem({ TOKEN: 'hunter2', PASS: 'hunter2x' })).toMatchObject({
      problem: 'TOKEN and PASS are both set, to different values',
      hint: 'PASS is a former name of KEY: unset it',
    })
    const same = config.load(spec, { env: { KEY: 'x', TOKEN: 'x', PASS: 'x' } })
    expect(config.sources(same)[0]!.source).toBe('environment')
    expect(reportsOf(same)).toEqual([])
  })

  test('may name a file, as the new one', () => {
    const spec = { key: config.string().secret().alias('TOKEN') }
    const path = file('token', 'hunter2\n')
    const cfg = config.load(spec, { env: { TOKEN_FILE: path } })
    expect(cfg.key.reveal()).toBe('hunter2')
    expect(config.sources(cfg)[0]!.source).toBe(`file ${path} as TOKEN`)
    const problem = (env: Record<string, string>) =>
      failure(() => config.load(spec, { env })).issues.map(({ problem }) => problem)
    expect(problem({ TOKEN_FILE: path, TOKEN: 'x' })).toEqual(['TOKEN and TOKEN_FILE are both set'])
    expect(problem({ TOKEN_FILE: path, KEY: 'x' })).toEqual([
      'KEY and TOKEN are both set, to different values',
    ])
    expect(problem({ TOKEN_FILE: '/none' })).toEqual([
      'the file that TOKEN_FILE names does not exist',
    ])
    expect(problem({ KEY_FILE: '/none', TOKEN: 'x' })).toEqual([
      'the file that KEY_FILE names does not exist',
    ])
    const plain = { key: config.string().alias('TOKEN') }
    expect(failure(() => config.load(plain, { env: { TOKEN_FILE: path } })).issues[0]!.code).toBe(
      'missing',
    )
  })

  test('is named where its value is wrong, also as a link of Kubernetes', () => {
    const spec = { port: config.port().alias('ORDERS_PORT') }
    const { issues, message } = failure(() => config.load(spec, { env: { ORDERS_PORT: 'x' } }))
    expect(issues[0]).toMatchObject({ source: 'environment as ORDERS_PORT', received: '"x"' })
    expect(message).toContain('PORT is invalid: "x" (environment as ORDERS_PORT)')
    const link = { env: { ORDERS_PORT: 'tcp://10.0.0.1:80' } }
    expect(failure(() => config.load(spec, link)).issues[0]!.hint).toMatch(
      /^Kubernetes sets it for the service orders:/,
    )
  })

  test.each<[string, config.Spec, string]>([
    [
      'of two variables',
      { a: config.string().alias('X'), b: config.string().alias('X') },
      'a and b of spec must not share the variable X',
    ],
    [
      'that is another variable',
      { a: config.string().alias('B'), b: config.string() },
      'b and a of spec must not share the variable B',
    ],
    [
      'twice',
      { a: config.string().alias('X').alias('X') },
      'a of spec must not have the variable X twice',
    ],
    [
      'that is its own',
      { a: config.string().alias('A') },
      'a of spec must not have the variable A twice',
    ],
  ])('%s is a mistake', (_, spec, message) => {
    for (const load of [config.load, config.markdown]) {
      expect(thrown(() => load(spec))).toMatchObject({
        code: 'ERR_CONFIG_DECLARATION',
        message: `config.${load.name}: ${message}`,
      })
    }
  })

  test('of an item is a mistake; ten are allowed', () => {
    expect(thrown(() => config.list(config.string().alias('X'))).message).toBe(
      'config.list: item must not have an alias; use config.list(…).alias(…)',
    )
    const names = Array.from({ length: 10 }, (_, index) => `N${index}`)
    expect(config.load({ a: config.string().alias(...names) }, { env: { N9: 'x' } }).a).toBe('x')
    expect(
      thrown(() =>
        config
          .string()
          .alias(...names)
          .alias('X'),
      ).code,
    ).toBe('ERR_CONFIG_OPTION')
    for (const name of ['', '1A', 'x'.repeat(257), 5]) {
      expect(thrown(() => config.string().alias(name as never)).code).toBe('ERR_CONFIG_OPTION')
    }
  })

  test('is in the documents', () => {
    const spec = {
      addr: config.address().alias('LISTEN', 'BIND').describe('Where.'),
      key: config.string().secret().alias('TOKEN'),
      tokenFile: config.string().optional(),
    }
    expect(config.markdown(spec)).toContain(' | Where. Formerly `LISTEN`, `BIND`. |')
    expect(config.envExample(spec)).toMatch(/^# Required: .*\n# Formerly LISTEN, BIND\nADDR=$/m)
    expect(config.help(spec)).toContain('\n      Formerly LISTEN, BIND.\n')
    const schema = config.jsonSchema(spec)
    expect(schema['allOf']).toEqual([
      { anyOf: [{ required: ['ADDR'] }, { required: ['LISTEN'] }, { required: ['BIND'] }] },
      { anyOf: [{ required: ['KEY'] }, { required: ['KEY_FILE'] }, { required: ['TOKEN'] }] },
    ])
    expect(schema['properties']).toMatchObject({
      LISTEN: {
        type: 'string',
        pattern: expect.any(String),
        description: 'Is now called ADDR.',
        deprecated: true,
      },
      TOKEN: { description: 'Is now called KEY.', deprecated: true, writeOnly: true },
      TOKEN_FILE: { description: 'Takes a string.' },
    })
    const files = config.jsonSchema({ key: spec.key })['properties']
    expect(files).toMatchObject({
      TOKEN_FILE: { description: 'The path of a file that contains KEY.' },
    })
  })
})

describe('a former name that is used', () => {
  test('is reported to the first listener, once in a process', () => {
    const [one, two] = [fresh(), fresh()]
    const spec = {
      a: config.string().alias(one),
      b: { c: config.integer().secret().alias(two) },
      d: config.integer({ default: 1 }).alias(fresh()),
    }
    const options = { env: { [one]: 'x', [two]: '12345' } }
    const cfg = config.load(spec, options)
    expect(reportsOf(cfg)).toEqual([
      {
        type: 'config.variable_renamed',
        level: 'warn',
        message: `${one} is now called A; ${two} is now called B_C`,
        fields: {
          variables: [
            { variable: 'A', alias: one },
            { variable: 'B_C', alias: two },
          ],
        },
      },
    ])
    expect(reportsOf(cfg)).toEqual([])
    expect(reportsOf(config.load(spec, options))).toEqual([])
    const third = fresh()
    const more = { ...spec, e: config.string().alias(third) }
    const reports = reportsOf(config.load(more, { env: { ...options.env, [third]: 'x' } }))
    expect(reports.map(({ message }) => message)).toEqual([`${third} is now called E`])
  })

  test('is not reported by a load that fails, nor to a listener that has left', () => {
    const alias = fresh()
    const spec = { a: config.string().alias(alias), b: config.string().optional() }
    const env = { [alias]: 'x' }
    failure(() => config.load({ ...spec, c: config.string() }, { env }))
    const cfg = config.load(spec, { env })
    const watcher = config.watch(cfg)
    const heard: string[] = []
    watcher.subscribe(({ type }) => heard.push(type))()
    void watcher.shutdown()
    expect(heard).toEqual(['config.variable_renamed'])
  })

  test('twenty are named', () => {
    const names = Array.from({ length: 22 }, fresh)
    const spec = Object.fromEntries(
      names.map((name, index) => [`v${index}`, config.string().alias(name)]),
    )
    const env = Object.fromEntries(names.map((name) => [name, 'x']))
    const [report] = reportsOf(config.load(spec, { env }))
    expect(report!.message).toMatch(/ is now called V19; and 2 others$/)
    expect(report!.fields['variables']).toHaveLength(20)
  })

  test('is written to standard error if nobody listens, and keeps no process alive', async () => {
    const program = (rest: string) =>
      nodeEval(
        `import * as config from '@clew/config'
         const spec = { a: config.string().secret().alias('OLD_A'), b: config.string().alias('OLD_B') }
         const load = () => config.load(spec, { env: { OLD_A: 'hunter2', OLD_B: 'hunter2' } })
         const cfg = load()
         load()
         ${rest}`,
        { cwd: packageFolder },
      )
    const silent = program('setTimeout(() => {}, 1500)')
    expect(await silent.exit).toEqual({ code: 0, signal: null })
    expect(silent.stderr).toBe('@clew/config warn: OLD_A is now called A; OLD_B is now called B\n')
    const heard = program(`config.watch(cfg).subscribe(({ message }) => console.log(message))
      setTimeout(() => {}, 1500)`)
    expect(await heard.exit).toEqual({ code: 0, signal: null })
    expect([heard.stdout, heard.stderr]).toEqual([
      'OLD_A is now called A; OLD_B is now called B\n',
      '',
    ])
  })
})
