// Each package by itself, in an empty project: it installs none of the others, and works.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, json, succeed, write } from './bench.ts'
import type { Cell } from './cell.ts'
import { manifestOf, npmInstall } from './installers.ts'
import { names } from './packed.ts'

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

const inModule = (name: string) => `
import assert from 'node:assert'
import { createRequire } from 'node:module'
import * as lib from '@clew/${name}'
const require = createRequire(import.meta.url)
${uses[name]}
process.exit()`

const inCommonJs = (name: string) => `
const assert = require('node:assert')
const lib = require('@clew/${name}')
async function main() { ${uses[name]} }
main().then(() => process.exit(), (error) => { console.error(error); process.exit(1) })`

async function useAlone(bench: Bench, name: string): Promise<void> {
  const folder = join(bench.folder, 'alone', name)
  await npmInstall(folder, manifestOf(bench, [name]))
  const installed = readdirSync(join(folder, 'node_modules/@clew'))
  if (installed.join() !== name) throw new Error(`@clew/${name} installs ${installed}`)
  write(folder, { 'use.mjs': inModule(name), 'use.cjs': inCommonJs(name) })
  for (const file of ['use.mjs', 'use.cjs'])
    await succeed(process.execPath, [file], { cwd: folder })
  if (name === 'config') await writeDocuments(folder)
}

/** The command of config writes documents of a declaration in either format, and finds old ones. */
async function writeDocuments(folder: string): Promise<void> {
  const declarations = {
    'spec.mjs': (port: string) =>
      `import * as config from '@clew/config'\nexport const spec = { port: config.integer({ default: ${port} }) }\n`,
    'spec.cjs': (port: string) =>
      `exports.spec = { port: require('@clew/config').integer({ default: ${port} }) }\n`,
  }
  for (const [file, declare] of Object.entries(declarations)) {
    const docs = (...options: string[]) =>
      succeed('npx', ['--no', '--', 'clew-config', 'docs', `./${file}`, ...options], {
        cwd: folder,
      })
    write(folder, { [file]: declare('8080') })
    await docs()
    const example = readFileSync(join(folder, '.env.example'), 'utf8')
    if (!example.includes('PORT=8080')) throw new Error(example)
    await docs('--check')
    write(folder, { [file]: declare('9090') })
    const missed = await docs('--check').then(
      () => true,
      () => false,
    )
    if (missed) throw new Error('clew-config docs --check accepts documents of another declaration')
  }
}

/** Wires an application, with versions that can be installed. */
async function wire(bench: Bench): Promise<void> {
  const folder = join(bench.folder, 'wired')
  write(folder, {
    'package.json': json({ name: 'app', type: 'module' }),
    'main.js':
      "import { createServer } from 'node:http'\n\ncreateServer((req, res) => res.end('hello')).listen(0)\n",
  })
  const command = ['create-clew', '--yes', '--no-install', '--areas', 'log']
  const args = ['--yes', '--package', bench.tarballs.get('create-clew') ?? '', '--', ...command]
  await succeed('npx', args, { cwd: folder })
  const main = readFileSync(join(folder, 'main.js'), 'utf8')
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const isWired =
    main.includes("from '@clew/log'") &&
    Object.keys(dependencies).join() === '@clew/log,@clew/server' &&
    Object.values<string>(dependencies).every((range) => /^\^\d+\.\d+\.\d+$/.test(range))
  if (!isWired) throw new Error(`${main}\n${JSON.stringify(dependencies)}`)
}

const kind = 'Each package alone, in an empty project'

export const alone: readonly Cell[] = [
  ...names.map(
    (name): Cell => ({
      kind,
      name: `@clew/${name}`,
      version: 'npm',
      run: (bench) => useAlone(bench, name),
    }),
  ),
  { kind, name: 'create-clew', version: 'npx', run: wire },
]
