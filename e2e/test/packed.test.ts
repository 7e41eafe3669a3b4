// Installs each package's tarball alone, in an empty project outside this workspace, as a user
// would.
import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const run = promisify(execFile)
const packages = fileURLToPath(new URL('../../packages', import.meta.url))
const commands = ['create-clew']
const names = readdirSync(packages)
  .filter((name) => !commands.includes(name))
  .sort()
const folder = mkdtempSync(join(tmpdir(), 'clew-packed-'))
const tarballs = new Map<string, string>()

beforeAll(async () => {
  for (const name of [...names, ...commands]) {
    // Only pnpm writes publishConfig.exports and the catalog's versions to the manifest.
    const { stdout } = await run('pnpm', ['pack', '--json', '--pack-destination', folder], {
      cwd: join(packages, name),
    })
    tarballs.set(name, JSON.parse(stdout).filename)
  }
}, 600_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A first use of each package, on its own. `lib` is its namespace. */
const uses: Readonly<Record<string, string>> = {
  config: `
    const cfg = lib.load({ httpAddr: lib.address({ default: ':8080' }) }, { env: {} })
    assert.equal(cfg.httpAddr.port, 8080)`,
  debug: `
    const profile = await lib.cpuProfile({ seconds: 0.2 })
    assert.ok(profile.pprof.length > 100)`,
  health: `
    const checker = lib.checker([lib.pinger('self', () => {})])
    const server = require('node:http').createServer(checker.handler('ready')).listen(0)
    await require('node:events').once(server, 'listening')
    const answer = await fetch('http://127.0.0.1:' + server.address().port)
    assert.equal(answer.status, 200)
    server.close(); server.closeAllConnections()`,
  log: `
    const lines = []
    const { PassThrough } = require('node:stream')
    const to = new PassThrough().on('data', (chunk) => lines.push(String(chunk)))
    const logger = lib.create({ outputs: [{ to, format: 'json' }] })
    logger.info('hello', { n: 1 })
    await logger.shutdown()
    assert.equal(JSON.parse(lines.join('')).msg, 'hello')
    assert.equal(typeof require('@clew/log/grpc').serverInterceptor, 'function')
    assert.equal(typeof (await import('@clew/log/grpc')).clientInterceptor, 'function')`,
  metrics: `
    const jobs = lib.counter('jobs', { unit: '{job}' })
    const meters = await lib.configure({ service: { name: 'x' }, prometheus: true })
    jobs.add(2)
    const server = require('node:http').createServer(meters.handler).listen(0)
    await require('node:events').once(server, 'listening')
    const text = await (await fetch('http://127.0.0.1:' + server.address().port)).text()
    assert.match(text, /jobs_total(\\{[^}]*\\})? 2/)
    server.close(); server.closeAllConnections()
    await meters.shutdown()`,
  security: `
    const key = lib.noSecurity('a probe')
    const jwt = lib.jwt('jwt', { issuers: [{ issuer: 'https://idp', audience: 'https://api', jwks: { uri: 'https://idp/jwks' } }], scopes: { read: 'Read' } })
    const api = lib.create({ default: jwt.scopes('read') })
    const guard = api.method('show')
    const server = require('node:http').createServer((req, res) => guard(req, res, () => res.end('in'))).listen(0)
    await require('node:events').once(server, 'listening')
    const answer = await fetch('http://127.0.0.1:' + server.address().port)
    assert.equal(answer.status, 401)
    assert.match(answer.headers.get('www-authenticate'), /^Bearer/)
    server.close(); server.closeAllConnections()`,
  server: `
    const server = lib.create((req, res) => res.end('hello'), { address: '127.0.0.1:0' })
    const { address } = await server.listen()
    assert.equal(await (await fetch(address.url)).text(), 'hello')
    await server.shutdown()`,
  trace: `
    const tracing = await lib.configure({ service: { name: 'x' } })
    assert.equal(await lib.span('work', {}, async () => 42), 42)
    await tracing.shutdown()`,
}

type Format = 'module' | 'commonjs'

/** Creates a project that has only these packages. */
async function install(
  clewPackages: readonly string[],
  type: Format,
  others: readonly string[] = [],
): Promise<string> {
  const project = join(folder, [...clewPackages, ...others].join('-').replaceAll('/', '-') + type)
  if (existsSync(project)) return project
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'app', type, private: true }))
  const files = [...clewPackages.map((name) => tarballs.get(name) ?? ''), ...others]
  await run(
    'npm',
    ['install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', ...files],
    {
      cwd: project,
    },
  )
  return project
}

const programs: Readonly<Record<Format, (name: string) => string>> = {
  module: (name) => `
    import assert from 'node:assert'
    import { createRequire } from 'node:module'
    import * as lib from '@clew/${name}'
    const require = createRequire(import.meta.url)
    ${uses[name]}
    process.exit(0)`,
  commonjs: (name) => `
    const assert = require('node:assert')
    const lib = require('@clew/${name}')
    async function main() { ${uses[name]} }
    main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1) })`,
}

async function use(name: string, project: string, type: Format): Promise<void> {
  const file = `${name}.js`
  writeFileSync(join(project, file), programs[type](name))
  await run(process.execPath, [file], { cwd: project, timeout: 30_000 })
}

const projects: readonly [string, Format][] = [
  ['ESM', 'module'],
  ['CommonJS', 'commonjs'],
]

test('every package has a use here', () => {
  expect(Object.keys(uses).sort()).toEqual(names)
})

describe.each(names)('@clew/%s, alone', (name) => {
  test.each(projects)(
    'works in an empty %s project, and installs none of the others',
    async (_, type) => {
      const project = await install([name], type)
      expect(readdirSync(join(project, 'node_modules/@clew'))).toEqual([name])
      await use(name, project, type)
    },
    120_000,
  )
})

test.each(projects)(
  "clew-config writes and checks an empty %s project's documents",
  async (_, type) => {
    const project = await install(['config'], type)
    const spec = (port: string) =>
      type === 'module'
        ? `import * as config from '@clew/config'\nexport const spec = { port: config.integer({ default: ${port} }) }\n`
        : `exports.spec = { port: require('@clew/config').integer({ default: ${port} }) }\n`
    const docs = async (...options: string[]) => {
      const args = ['--no', '--', 'clew-config', 'docs', './spec.js', ...options]
      return run('npx', args, { cwd: project }).then(
        () => 0,
        (error: { readonly code: number }) => error.code,
      )
    }
    writeFileSync(join(project, 'spec.js'), spec('8080'))
    expect(await docs()).toBe(0)
    expect(readFileSync(join(project, 'CONFIG.md'), 'utf8')).toContain('| `PORT` |')
    expect(readFileSync(join(project, '.env.example'), 'utf8')).toContain('PORT=8080')
    expect(await docs('--check')).toBe(0)
    writeFileSync(join(project, 'spec.js'), spec('9090'))
    expect(await docs('--check')).toBe(1)
  },
  120_000,
)

test('create-clew wires an application, with versions that can be installed', async () => {
  const project = join(folder, 'wired')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'app', type: 'module' }))
  writeFileSync(
    join(project, 'main.js'),
    "import { createServer } from 'node:http'\n\ncreateServer((req, res) => res.end('hello')).listen(0)\n",
  )
  const tarball = tarballs.get('create-clew') ?? ''
  const args = [
    '--yes',
    '--package',
    tarball,
    '--',
    'create-clew',
    '--yes',
    '--no-install',
    '--areas',
    'log',
  ]
  await run('npx', args, { cwd: project })
  expect(readFileSync(join(project, 'main.js'), 'utf8')).toContain("from '@clew/log'")
  const { dependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  expect(Object.keys(dependencies)).toEqual(['@clew/log', '@clew/server'])
  for (const range of Object.values(dependencies)) expect(range).toMatch(/^\^\d+\.\d+\.\d+$/)
}, 120_000)

test('an application with a newer NodeSDK and api 1.10 gets our spans', async () => {
  const project = await install(['trace'], 'module', [
    '@opentelemetry/sdk-node@0.301.0',
    '@opentelemetry/api@1.10.0',
  ])
  const program = `
    import assert from 'node:assert'
    import { once } from 'node:events'
    import { createServer } from 'node:http'
    import { NodeSDK } from '@opentelemetry/sdk-node'
    import * as trace from '@clew/trace'
    const spans = []
    const traceExporter = {
      export: (batch, done) => done({ code: 0, _: spans.push(...batch) }),
      shutdown: async () => {},
    }
    const sdk = new NodeSDK({ traceExporter, metricReaders: [], logRecordProcessors: [], instrumentations: [] })
    sdk.start()
    const tracing = await trace.configure({ service: { name: 'x' }, exporter: trace.otlp() })
    const messages = []
    tracing.subscribe((report) => messages.push(report.message))
    const traced = tracing.http()
    const server = createServer((req, res) => traced(req, res, () => trace.span('work', () => res.end()))).listen(0)
    await once(server, 'listening')
    const traceparent = '00-' + 'a'.repeat(32) + '-' + 'b'.repeat(16) + '-01'
    await (await fetch('http://127.0.0.1:' + server.address().port, { headers: { traceparent } })).text()
    server.close()
    server.closeAllConnections()
    await tracing.shutdown()
    await sdk.shutdown()
    const [work, request] = ['work', 'GET'].map((name) => spans.find((span) => span.name === name))
    assert.equal(work.parentSpanContext.spanId, request.spanContext().spanId)
    assert.equal(request.parentSpanContext.spanId, 'b'.repeat(16))
    assert.equal(request.spanContext().traceId, 'a'.repeat(32))
    assert.equal(messages.length, 1)
    assert.match(messages[0], /^another OpenTelemetry SDK is registered \\(@opentelemetry\\/api 1\\.10\\.0\\)/)
    process.exit(0)`
  writeFileSync(join(project, 'joins.js'), program)
  await run(process.execPath, ['joins.js'], {
    cwd: project,
    timeout: 30_000,
    env: { ...process.env, OTEL_TRACES_EXPORTER: undefined },
  })
}, 120_000)

describe('all eight together', () => {
  test.each(projects)(
    'work in one empty %s project',
    async (_, type) => {
      const project = await install(names, type)
      for (const name of names) await use(name, project, type)
    },
    120_000,
  )

  test('the ESM and the CommonJS copy in one process share their state', async () => {
    const project = await install(names, 'module')
    const program = `
      import assert from 'node:assert'
      import { createRequire } from 'node:module'
      import { PassThrough } from 'node:stream'
      import * as esm from '@clew/log'
      const cjs = createRequire(import.meta.url)('@clew/log')
      assert.notEqual(esm.create, cjs.create)
      const lines = []
      const to = new PassThrough().on('data', (chunk) => lines.push(String(chunk)))
      const logger = esm.configure({ outputs: { to, format: 'json' } })
      await esm.scope({ job: 7 }, async () => {
        cjs.info('held by the other copy')
        esm.error(new Error('x'), 'released')
      })
      await logger.shutdown()
      const [held] = lines.join('').trim().split(String.fromCharCode(10)).map((line) => JSON.parse(line))
      assert.deepEqual([held.msg, held.job], ['held by the other copy', 7])
      process.exit(0)`
    writeFileSync(join(project, 'copies.js'), program)
    await run(process.execPath, ['copies.js'], { cwd: project, timeout: 30_000 })
  }, 600_000)
})
