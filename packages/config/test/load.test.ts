import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { failure, thrown } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'clew-config-'))
const file = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const secret = { apiKey: config.string().secret() }
const problem = (env: Record<string, string>, options: config.LoadOptions = {}) => {
  const { issues } = failure(() => config.load(secret, { env, envFile: false, ...options }))
  expect(issues).toHaveLength(1)
  return issues[0]!
}

describe('load', () => {
  test('a configuration is deeply frozen, and its prototype is that of objects', () => {
    const cfg = config.load(
      { a: { b: { c: config.list(config.integer()) } }, constructor: { d: config.string() } },
      { env: { A_B_C: '1', CONSTRUCTOR_D: 'x' }, envFile: false },
    )
    expect(cfg).toEqual({ a: { b: { c: [1] } }, constructor: { d: 'x' } })
    for (const part of [cfg, cfg.a, cfg.a.b, cfg.a.b.c, cfg.constructor])
      expect(Object.isFrozen(part)).toBe(true)
  })

  test('all problems at once, sorted by variable', () => {
    const error = failure(() =>
      config.load(
        { z: config.integer(), m: config.boolean(), a: config.string() },
        { env: { Z: 'x', M: 'maybe' }, envFile: false },
      ),
    )
    expect(error.issues.map(({ variable, code }) => [variable, code])).toEqual([
      ['A', 'missing'],
      ['M', 'invalid'],
      ['Z', 'invalid'],
    ])
    expect(error.message).toBe(`The configuration has 3 problems:

  A is not set
    expected: a string

  M is invalid: "maybe" (environment)
    expected: true or false

  Z is invalid: "x" (environment)
    expected: an integer`)
    expect(error).toMatchObject({ name: 'ConfigError', code: 'ERR_CONFIG_INVALID' })
    expect(Object.isFrozen(error.issues)).toBe(true)
    for (const issue of error.issues) expect(Object.isFrozen(issue)).toBe(true)
  })

  test('a report has at most 100 problems', () => {
    const spec = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`v${i}`, config.string()]),
    )
    const error = failure(() => config.load(spec, { env: {}, envFile: false }))
    expect(error.issues).toHaveLength(300)
    expect(error.message).toMatch(/… and 200 more$/)
  })

  test.each<[string, Record<string, string>, config.LoadOptions, string | undefined]>([
    ['a typing mistake', { APIKEY: 'x' }, {}, 'APIKEY is set: is it a typo?'],
    ['lower case', { api_key: 'x' }, {}, 'api_key is set: is it a typo?'],
    ['empty', { API_KEY: '' }, {}, 'API_KEY is empty, which counts as not set'],
    [
      'an empty file name',
      { API_KEY_FILE: '' },
      {},
      'API_KEY_FILE is empty, which counts as not set',
    ],
    [
      'no prefix',
      { API_KEY: 'x' },
      { prefix: 'APP' },
      'API_KEY is set, but the name must start with the prefix APP_',
    ],
    [
      'a file, no prefix',
      { API_KEY_FILE: '/x' },
      { prefix: 'APP' },
      'API_KEY_FILE is set, but the name must start with the prefix APP_',
    ],
    ['a file, when there are none', { API_KEY_FILE: '' }, { files: false }, undefined],
    ['something else', { PATH: 'x' }, {}, undefined],
  ])('missing: %s', (_, env, options, hint) => {
    expect(problem(env, options)).toMatchObject({ code: 'missing', hint })
  })

  test('hints for missing variables: twenty, and among two thousand names', () => {
    const spec = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`name${i + 100}`, config.string()]),
    )
    const near = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`NAM_${i + 100}`, 'x']))
    const others = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`OTHER_VARIABLE_${i}`, 'x']))
    const hints = (env: Record<string, string>) =>
      failure(() => config.load(spec, { env, envFile: false })).issues.filter(({ hint }) => hint)
    expect(hints({ ...others(1000), ...near })).toHaveLength(20)
    expect(hints({ ...others(2000), ...near })).toHaveLength(0)
  })

  test('what is only inherited is not set', () => {
    expect(problem(Object.create({ API_KEY: 'x' })).code).toBe('missing')
    const spec = { x: config.string({ name: 'toString' }), y: config.string({ name: '__proto__' }) }
    expect(failure(() => config.load(spec, { env: {}, envFile: false })).issues).toHaveLength(2)
  })

  test('a value that is not a string is a problem', () => {
    expect(problem({ API_KEY: 8080 as never })).toMatchObject({
      code: 'invalid',
      hint: 'it is not a string',
    })
  })

  test('the name of a file that is not a string is a problem', () => {
    expect(problem({ API_KEY_FILE: 5 as never })).toMatchObject({
      code: 'unreadable',
      problem: 'API_KEY_FILE is not a string',
    })
  })

  test('a value longer than maxBytes is a problem', () => {
    expect(problem({ API_KEY: 'x'.repeat(1_048_577) })).toMatchObject({
      code: 'invalid',
      expected: 'at most 1048576 bytes',
    })
    expect(problem({ API_KEY: 'ä'.repeat(6) }, { maxBytes: 11 }).code).toBe('invalid')
    expect(
      config.load(secret, { env: { API_KEY: 'ä'.repeat(6) }, maxBytes: 12 }).apiKey.reveal(),
    ).toHaveLength(6)
  })

  test('unknown variables with the prefix, when asked', () => {
    const spec = { port: config.integer({ default: 1 }) }
    const env = { APP_PROT: '1', APP_OTHER: 'hunter2', APP_PORT_FILE: '', OTHER: 'x' }
    const options = { env, prefix: 'APP', envFile: false, unknown: 'refuse' } as const
    expect(failure(() => config.load(spec, options)).issues).toMatchObject([
      { code: 'unknown', variable: 'APP_OTHER', hint: undefined },
      {
        code: 'unknown',
        variable: 'APP_PORT_FILE',
        hint: 'APP_PORT is not read from a file: it is neither a secret nor declared with fromFile()',
      },
      { code: 'unknown', variable: 'APP_PROT', hint: 'did you mean APP_PORT?' },
    ])
    expect(config.load(spec, { ...options, unknown: 'ignore' }).port).toBe(1)
    const known = { env: { APP_PORT_FILE: '' }, prefix: 'APP', unknown: 'refuse' } as const
    expect(config.load({ port: spec.port.fromFile() }, known).port).toBe(1)
    const never = failure(() =>
      config.load({ port: spec.port.fromFile() }, { ...known, files: false }),
    )
    expect(never.issues).toMatchObject([{ variable: 'APP_PORT_FILE' }])
  })

  test('unknown variables that no declaration could name, and no more than twenty', () => {
    const spec = { port: config.integer({ default: 1 }) }
    const options = { prefix: 'APP', envFile: false, unknown: 'refuse' } as const
    const refused = (env: Record<string, string>) =>
      failure(() => config.load(spec, { ...options, env })).issues
    expect(refused({ 'APP_FOO-BAR': '1', 'APP_B.C': '1', 'APP_\n': '1' })).toMatchObject([
      { variable: 'APP_B.C', problem: '"APP_B.C" is set, but not declared' },
      { variable: 'APP_FOO-BAR', problem: '"APP_FOO-BAR" is set, but not declared' },
      { variable: 'APP_\\n', problem: '"APP_\\n" is set, but not declared' },
    ])
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`APP_N${i}`, 'x']))
    expect(refused(many)).toHaveLength(20)
  })

  test.each<[config.LoadOptions, string]>([
    [{ prefix: 'a-b' }, 'prefix must be a name such as APP; received "a-b"'],
    [{ env: [] as never }, 'env must be an object; received an array'],
    [{ args: [5] as never }, 'args[0] must be a string; received 5'],
    [
      { envfile: false } as never,
      'unknown option "envfile"; the options are prefix, env, args, envFile, expand, files, maxBytes, unknown',
    ],
    [null as never, 'options must be an object; received null'],
    [{ env: 'x' as never }, 'env must be an object; received "x"'],
    [{ args: '--a' as never }, 'args must be an array of strings; received "--a"'],
    [{ envFile: '' }, 'envFile must be a file name or false; received ""'],
    [{ files: 1 as never }, 'files must be true or false; received 1'],
    [{ maxBytes: 0 }, 'maxBytes must be an integer of at least 1; received 0'],
    [
      { unknown: 'warn' as never, prefix: 'A' },
      'unknown must be one of ignore, refuse; received "warn"',
    ],
    [{ unknown: 'refuse' }, 'unknown must be ignore if there is no prefix; received "refuse"'],
  ])('options %j are a mistake', (options, message) => {
    expect(thrown(() => config.load(secret, options))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_CONFIG_OPTION',
      message: `config.load: ${message}`,
    })
  })

  test('an optional secret that is not set is undefined, and no secret', () => {
    const cfg = config.load({ key: secret.apiKey.optional() }, { env: {}, envFile: false })
    expect(cfg.key).toBeUndefined()
    expect(config.sources(cfg)[0]).toMatchObject({ source: 'unset', value: undefined })
  })

  test('a kind is immutable', () => {
    const kind = config.string()
    const hidden = kind.secret().describe('x').optional()
    expect(hidden).not.toBe(kind)
    expect(Object.isFrozen(kind)).toBe(true)
    expect(config.load({ a: kind }, { env: { A: 'x' }, envFile: false })).toEqual({ a: 'x' })
    expect(thrown(() => config.string({ default: 'x' }).optional()).code).toBe(
      'ERR_CONFIG_DECLARATION',
    )
    expect(thrown(() => kind.describe(1 as never)).code).toBe('ERR_CONFIG_OPTION')
  })

  test('a printed kind does not show its default, which may be one of a secret', () => {
    const kind = config.string({ default: 'hunter2' }).secret()
    expect(inspect({ kind })).toBe('{ kind: config.string }')
    expect(JSON.stringify({ kind })).toBe('{"kind":{}}')
  })
})

describe('X_FILE', () => {
  test.each([
    ['hunter2\n', 'hunter2'],
    ['hunter2\r\n', 'hunter2'],
    ['hunter2\n\n', 'hunter2\n'],
    ['hunter2', 'hunter2'],
    [' hunter2 ', ' hunter2 '],
  ])('%j is %j', (content, value) => {
    const cfg = config.load(secret, { env: { API_KEY_FILE: file('key', content) }, envFile: false })
    expect(cfg.apiKey.reveal()).toBe(value)
    expect(config.sources(cfg)).toEqual([
      {
        variable: 'API_KEY',
        path: 'apiKey',
        source: `file ${join(folder, 'key')}`,
        value: '[redacted]',
      },
    ])
  })

  test('through a symbolic link', () => {
    symlinkSync(file('target', 'x'), join(folder, 'link'))
    expect(
      config
        .load(secret, { env: { API_KEY_FILE: join(folder, 'link') }, envFile: false })
        .apiKey.reveal(),
    ).toBe('x')
  })

  test.each<[string, () => string, string]>([
    ['missing', () => join(folder, 'none'), 'does not exist'],
    ['below a file', () => join(file('key', 'x'), 'y'), 'does not exist'],
    ['a directory', () => folder, 'is a directory'],
    ['a device', () => '/dev/zero', 'is not a regular file'],
    ['empty', () => file('empty', ''), 'is empty'],
    ['one end of line', () => file('eol', '\n'), 'is empty'],
    ['too large', () => file('large', 'x'.repeat(1_048_577)), 'has more than 1048576 bytes'],
    ['not UTF-8', () => file('latin1', Buffer.from([0xe9, 0x74])), 'is not UTF-8'],
    ['a NUL in its name', () => 'a\0b', 'has an invalid name'],
  ])('%s is a problem', (_, path, why) => {
    expect(problem({ API_KEY_FILE: path() })).toMatchObject({
      code: 'unreadable',
      variable: 'API_KEY',
      problem: `the file that API_KEY_FILE names ${why}`,
      received: undefined,
    })
  })

  test('a FIFO does not hang', () => {
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'fifo')])
    expect(problem({ API_KEY_FILE: join(folder, 'fifo') }).problem).toContain(
      'is not a regular file',
    )
  })

  test('the secret itself where its file belongs is not shown', () => {
    const error = failure(() =>
      config.load(secret, { env: { API_KEY_FILE: 'hunter2' }, envFile: false }),
    )
    expect(`${error.stack}${inspect(error, { depth: 9 })}`).not.toContain('hunter2')
    expect(error.issues[0]!.hint).toBe('API_KEY_FILE takes the path of a file, not the value')
  })

  test('the name of a file is shown where it can hold no secret: escaped, cut, without credentials', () => {
    const problemOf = (path: string) =>
      failure(() =>
        config.load({ port: config.integer().fromFile() }, { env: { PORT_FILE: path } }),
      ).issues[0]!
    const received = (path: string) => problemOf(path).received
    expect(received('/none')).toBe('"/none"')
    expect(problemOf('/none').hint).toBe(
      'if PORT_FILE has another purpose, declare it as a variable of its own',
    )
    expect(received('/none\n\u001b[2J')).toBe('"/none\\n\\u001b[2J"')
    expect(received('https://user:hunter2@host/none')).toBe('"https://[redacted]@host/none"')
    expect(received(`/${'x'.repeat(5000)}`)).toHaveLength(277)
  })

  test('both set is a conflict, unless one is empty', () => {
    const path = file('key', 'x')
    expect(problem({ API_KEY: 'y', API_KEY_FILE: path })).toMatchObject({
      code: 'conflict',
      problem: 'API_KEY and API_KEY_FILE are both set',
      hint: 'unset one of them',
    })
    const value = (env: Record<string, string>) =>
      config.load(secret, { env, envFile: false }).apiKey.reveal()
    expect([
      value({ API_KEY: '', API_KEY_FILE: path }),
      value({ API_KEY: 'y', API_KEY_FILE: '' }),
    ]).toEqual(['x', 'y'])
  })

  test('a variable of that name which is declared is not a file', () => {
    const spec = { cert: config.string().optional(), certFile: config.string() }
    expect(config.load(spec, { env: { CERT_FILE: '/x' }, envFile: false })).toEqual({
      cert: undefined,
      certFile: '/x',
    })
  })

  test('files: false', () => {
    expect(problem({ API_KEY_FILE: file('key', 'x') }, { files: false }).code).toBe('missing')
  })

  test('kinds other than texts', () => {
    const cfg = config.load(
      { port: config.integer().fromFile() },
      { env: { PORT_FILE: file('port', '8080\n') }, envFile: false },
    )
    expect(cfg.port).toBe(8080)
  })
})

describe('X_FILE of what is no secret', () => {
  const bundle = file('bundle', 'a bundle')
  const kinds: readonly [string, config.Kind<unknown>][] = [
    ['string', config.string()],
    ['list', config.list(config.string())],
    ['oneOf', config.oneOf(['a bundle'])],
    ['schema', config.schema(z.string())],
    ['a name of a credential', config.string({ name: 'API_TOKEN' })],
    ['a secret that is not read from files', config.string().secret().fromFile(false)],
    ['the same, the other way round', config.string().fromFile(false).secret()],
  ]

  test.each(kinds)('belongs to another program: %s', (_, kind) => {
    const env = { SSL_CERT_FILE: bundle, API_TOKEN_FILE: bundle }
    const load = (options?: config.LoadOptions) =>
      config.load({ sslCert: kind.optional() }, { env, ...options })
    expect(load()).toEqual({ sslCert: undefined })
    expect(load({ files: true })).toEqual({ sslCert: undefined })
    const both = { ...env, SSL_CERT: 'a bundle', API_TOKEN: 'a bundle' }
    expect(config.sources(load({ env: both }))[0]!.source).toBe('environment')
    const { issues } = failure(() => config.load({ sslCert: kind }, { env }))
    expect(issues[0]!.hint).toMatch(
      /^(\w+)_FILE is set, but \1 is not read from a file: it is neither a secret nor declared with fromFile\(\)$/,
    )
  })

  test.each(kinds)('is read on request: %s', (_, kind) => {
    const env = { SSL_CERT_FILE: bundle, API_TOKEN_FILE: bundle }
    const cfg = config.load({ sslCert: kind.fromFile().optional() }, { env })
    expect(config.sources(cfg)[0]!.source).toBe(`file ${bundle}`)
    const off = config.load({ sslCert: kind.fromFile().optional() }, { env, files: false })
    expect(config.sources(off)[0]!.source).toBe('unset')
  })

  test('fromFile() is checked', () => {
    expect(thrown(() => config.string().fromFile(1 as never))).toMatchObject({
      code: 'ERR_CONFIG_OPTION',
      message: 'config.string().fromFile: allowed must be true or false; received 1',
    })
    expect(thrown(() => config.list(config.string().fromFile())).message).toBe(
      'config.list: item must not be read from a file; use config.list(…).fromFile()',
    )
  })
})

describe('the variables of a Kubernetes service', () => {
  const links = (service: string, address = '10.96.7.8', port = 80, protocol = 'tcp') => {
    const name = service.toUpperCase().replaceAll('-', '_')
    const host = address.includes(':') ? `[${address}]` : address
    const link = `${name}_PORT_${port}_${protocol.toUpperCase()}`
    return {
      [`${name}_SERVICE_HOST`]: address,
      [`${name}_SERVICE_PORT`]: `${port}`,
      [`${name}_SERVICE_PORT_HTTP`]: `${port}`,
      [`${name}_PORT`]: `${protocol}://${host}:${port}`,
      [link]: `${protocol}://${host}:${port}`,
      [`${link}_PROTO`]: protocol,
      [`${link}_PORT`]: `${port}`,
      [`${link}_ADDR`]: address,
    }
  }
  const hint = (subject: string, service: string) =>
    `Kubernetes sets ${subject} for the service ${service}: set enableServiceLinks: false in the pod, or choose another name`

  test.each<[string, config.Kind<unknown>]>([
    ['port', config.port()],
    ['integer', config.integer()],
    ['address', config.address()],
    ['a secret', config.integer().secret()],
    ['url', config.url({ protocols: ['http:'] })],
  ])('a %s that is one says so', (_, port) => {
    for (const [service, env] of [
      ['orders', links('orders')],
      ['orders', links('orders', 'fd00::1', 53, 'udp')],
    ] as const) {
      const { issues } = failure(() => config.load({ port }, { prefix: 'ORDERS', env }))
      expect(issues).toMatchObject([{ code: 'invalid', hint: hint('it', service) }])
    }
    const nested = { prefix: 'ORDERS', env: links('orders-db') }
    const { issues } = failure(() => config.load({ db: { port } }, nested))
    expect(issues).toMatchObject([{ variable: 'ORDERS_DB_PORT', hint: hint('it', 'orders-db') }])
  })

  test('what only looks like one is as any other wrong value', () => {
    for (const [name, text] of [
      ['PORT', 'tcp://10.0.0.1:80'],
      ['X_PORT', 'http://10.0.0.1:80'],
      ['X_PORT', 'tcp://10.0.0.1:80/x'],
      ['X_PORTS', 'tcp://10.0.0.1:80'],
    ] as const) {
      const kind = config.integer({ name })
      const { issues } = failure(() => config.load({ a: kind }, { env: { [name]: text } }))
      expect(issues[0]!.hint).toBeUndefined()
    }
    const fromArgs = { args: ['--db-port=tcp://10.0.0.1:80'], env: {} }
    const { issues } = failure(() => config.load({ dbPort: config.integer() }, fromArgs))
    expect(issues[0]!.hint).toBeUndefined()
  })

  test('are one problem for each service when undeclared variables are refused', () => {
    const env = {
      ...links('orders'),
      ...links('orders-db', '10.96.0.9', 5432),
      ...links('other'),
      ORDERS_PROT: '1',
      ORDERS_X_SERVICE_HOST: 'a host of nobody',
      ORDERS_Y_SERVICE_HOST: '10.0.0.1',
      ORDERS_Y_PORT: '80',
    }
    const options = { prefix: 'ORDERS', env, unknown: 'refuse' } as const
    const { issues } = failure(() => config.load({ port: config.port({ default: 1 }) }, options))
    expect(issues.map(({ variable, code }) => `${code} ${variable}`)).toEqual([
      'unknown ORDERS_DB_SERVICE_HOST',
      'invalid ORDERS_PORT',
      'unknown ORDERS_PROT',
      'unknown ORDERS_SERVICE_HOST',
      'unknown ORDERS_X_SERVICE_HOST',
      'unknown ORDERS_Y_PORT',
      'unknown ORDERS_Y_SERVICE_HOST',
    ])
    expect(issues[0]).toMatchObject({
      problem: 'ORDERS_DB_SERVICE_HOST and 7 others are set, but not declared',
      hint: hint('them', 'orders-db'),
    })
    expect(issues[3]).toMatchObject({
      problem: 'ORDERS_SERVICE_HOST and 6 others are set, but not declared',
      hint: hint('them', 'orders'),
    })
    const declared = Object.fromEntries(
      Object.keys(links('orders'))
        .filter((name) => name !== 'ORDERS_SERVICE_PORT')
        .map((name) => [name, config.string({ name })]),
    )
    const one = failure(() => config.load(declared, { ...options, env: links('orders') }))
    expect(one.issues).toMatchObject([
      { problem: 'ORDERS_SERVICE_PORT is set, but not declared', hint: hint('it', 'orders') },
    ])
  })

  test('are recognised in names of up to 256 characters', () => {
    const hints = (length: number) => {
      const name = `ORDERS_${'X'.repeat(length - 20)}`
      const env = { [`${name}_SERVICE_HOST`]: '10.0.0.1', [`${name}_PORT`]: 'tcp://10.0.0.1:80' }
      const options = { prefix: 'ORDERS', env, unknown: 'refuse' } as const
      const load = () => config.load({ a: config.string({ default: 'x' }) }, options)
      return failure(load).issues.map(({ hint }) => hint !== undefined)
    }
    expect(hints(256)).toEqual([true])
    expect(hints(257)).toEqual([true, false])
  })

  test('no more than twenty problems, however many services', () => {
    const names = Array.from({ length: 30 }, (_, index) => `orders-s${index}`)
    const env = Object.assign({}, ...names.map((name) => links(name)))
    const options = { prefix: 'ORDERS', env, unknown: 'refuse' } as const
    const load = () => config.load({ a: config.string({ default: 'x' }) }, options)
    expect(failure(load).issues).toHaveLength(20)
  })

  test('are no typo of another variable', () => {
    const spec = { ordersSort: config.string() }
    expect(
      failure(() => config.load(spec, { env: links('orders') })).issues[0]!.hint,
    ).toBeUndefined()
    const env = { ORDERS_PORT: '80' }
    expect(failure(() => config.load(spec, { env })).issues[0]!.hint).toMatch(/typo/)
  })
})

describe('.env', () => {
  const envFile = file('.env', '# comment\nPORT=1\nAPI_KEY="hunter2"\n')
  const spec = { port: config.integer({ default: 9 }), apiKey: config.string().secret().optional() }

  test.each<[string | undefined, number]>([
    [undefined, 1],
    ['', 1],
    ['development', 1],
    ['production', 9],
    ['test', 9],
    ['staging', 9],
  ])('NODE_ENV %s gives %d', (mode, port) => {
    expect(config.load(spec, { env: { NODE_ENV: mode }, envFile }).port).toBe(port)
  })

  test('the environment wins, and the line is known', () => {
    expect(config.load(spec, { env: { PORT: '2' }, envFile }).port).toBe(2)
    expect(config.load(spec, { env: { PORT: '' }, envFile }).port).toBe(1)
    const rows = config.sources(config.load(spec, { env: {}, envFile }))
    expect(rows.map(({ source, value }) => [source, value])).toEqual([
      [`${envFile}:2`, '1'],
      [`${envFile}:3`, '[redacted]'],
    ])
  })

  test.each<[string | undefined, string, (string | undefined)[]]>([
    [undefined, 'ABCD', ['.development.local', '.local', '.development', '']],
    ['', 'ABCD', ['.development.local', '.local', '.development', '']],
    ['development', 'ABCD', ['.development.local', '.local', '.development', '']],
    ['test', 'ABCD', [undefined, '.test.local', '.test', undefined]],
    ['staging', 'ABCD', [undefined, undefined, '.staging', undefined]],
    ['production', 'ABCD', [undefined, undefined, undefined, undefined]],
    ['../x', 'ABCD', [undefined, undefined, undefined, undefined]],
    ['x'.repeat(65), 'ABCD', [undefined, undefined, undefined, undefined]],
  ])('with NODE_ENV %j, the files beside it in their order', (mode, names, expected) => {
    const base = join(mkdtempSync(join(tmpdir(), 'clew-config-modes-')), '.env')
    const at = (suffix: string, count: number) =>
      writeFileSync(`${base}${suffix}`, names.slice(0, count).replace(/./g, '$&=1\n'))
    // Each variable is in one file less than the one before it.
    at('', 4)
    at('.development', 3)
    at('.local', 2)
    at('.development.local', 1)
    writeFileSync(`${base}.test.local`, 'B=1\n')
    writeFileSync(`${base}.test`, 'B=2\nC=1\n')
    writeFileSync(`${base}.staging`, 'C=1\n')
    writeFileSync(`${base}.production`, 'A=1\n')
    writeFileSync(`${base}.production.local`, 'A=1\n')
    const spec = Object.fromEntries(
      [...names.toLowerCase()].map((name) => [name, config.string().optional()]),
    )
    const cfg = config.load(spec, { env: { NODE_ENV: mode }, envFile: base })
    expect(config.sources(cfg).map(({ source }) => source)).toEqual(
      expected.map((suffix) =>
        suffix === undefined ? 'unset' : expect.stringMatching(`^${base}${suffix}:\\d$`),
      ),
    )
  })

  test('none of them need exist, and each may be wrong', () => {
    const base = join(mkdtempSync(join(tmpdir(), 'clew-config-modes-')), '.env')
    writeFileSync(`${base}.local`, 'PORT=x\n')
    writeFileSync(`${base}.development`, '\nhunter2\n')
    mkdirSync(`${base}.development.local`)
    const { issues } = failure(() => config.load(spec, { env: {}, envFile: base }))
    expect(issues.map(({ problem, source }) => [problem, source])).toEqual([
      [`${base}.development.local is a directory`, undefined],
      [`${base}.development:2 has no =`, undefined],
      ['PORT is invalid', `${base}.local:1`],
    ])
  })

  test('a file named in the environment wins over a value in .env', () => {
    const cfg = config.load(spec, { env: { API_KEY_FILE: file('key', 'from file') }, envFile })
    expect(cfg.apiKey?.reveal()).toBe('from file')
  })

  test('that it cannot be looked at is a problem, and not as if it did not exist', () => {
    const below = join(file('no-folder', ''), '.env')
    const names = `${'x'.repeat(300)}.env`
    expect(config.load(spec, { env: {}, envFile: below }).port).toBe(9)
    expect(failure(() => config.load(spec, { env: {}, envFile: names })).issues[0]).toMatchObject({
      code: 'unreadable',
      problem: expect.stringMatching(/has a name that is too long$/),
    })
  })

  test('that it does not exist is fine; that it cannot be read is one clear problem', () => {
    expect(config.load(spec, { env: {}, envFile: join(folder, 'nowhere') }).port).toBe(9)
    mkdirSync(join(folder, 'dir.env'))
    expect(
      failure(() => config.load(spec, { env: {}, envFile: join(folder, 'dir.env') })).message,
    ).toBe(`The configuration has a problem:\n\n  ${folder}/dir.env is a directory`)
  })

  test('a line that is not an assignment is a problem with its number, and is not quoted', () => {
    const broken = file('broken.env', 'PORT=1\n\nhunter2: x\nAPI_KEY="x\n')
    const error = failure(() => config.load(spec, { env: {}, envFile: broken }))
    expect(error.issues.map(({ code, problem }) => [code, problem])).toEqual([
      ['syntax', `${broken}:3 has no =`],
      ['syntax', `${broken}:4 has an unclosed "`],
    ])
    expect(error.stack).not.toContain('hunter2')
  })

  test('a variable without a value is found there, empty', () => {
    const empty = file('empty.env', 'A=\nB= #x\nC_FILE=""\nD=x\n')
    const missing = { a: config.string(), b: config.string(), c: config.string().secret() }
    const hints = (options: config.LoadOptions) =>
      failure(() => config.load(missing, { env: {}, envFile: empty, ...options })).issues.map(
        ({ hint }) => hint,
      )
    expect(hints({})).toEqual([
      `A (${empty}:1) is empty, which counts as not set`,
      `B (${empty}:2) is empty, which counts as not set`,
      `C_FILE (${empty}:3) is empty, which counts as not set`,
    ])
    expect(hints({ prefix: 'APP' })[0]).toBe(
      `A (${empty}:1) is set, but the name must start with the prefix APP_`,
    )
  })

  test('a wrong value names its line', () => {
    const wrong = file('wrong.env', '\nPORT=x\n')
    expect(failure(() => config.load(spec, { env: {}, envFile: wrong })).issues[0]).toMatchObject({
      variable: 'PORT',
      source: `${wrong}:2`,
    })
  })
})
