import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { applicationIn, contentOf, removeApplications, run } from '../support/commands.ts'

afterAll(removeApplications)

const manifest = '{\n  "name": "orders",\n  "type": "module"\n}\n'
const server = `import express from 'express'

const app = express()
app.get('/', (req, res) => res.send('hello'))
app.listen(8080)
`
const all = ['--yes', '--no-install', '--areas', 'all']

describe('finds where to write', () => {
  test("express-generator's application, whose bin/www listens", async () => {
    const folder = applicationIn({
      'package.json': '{ "name": "orders", "scripts": { "start": "node ./bin/www" } }',
      'app.js':
        "var express = require('express');\n\nvar app = express();\n\nmodule.exports = app;\n",
      'bin/www': `#!/usr/bin/env node

var app = require('../app');
var http = require('http');

var server = http.createServer(app);
server.listen(process.env.PORT || '3000');
`,
    })
    expect(await run('create-clew', folder, all)).toMatchObject({ code: 0 })
    expect(contentOf(folder, 'app.js')).toBe(`var express = require('express');
const log = require('@clew/log');
const trace = require('@clew/trace');
const metrics = require('@clew/metrics');
const security = require('@clew/security');

var app = express();
app.use(trace.http());
app.use(log.http());
app.use(metrics.http());
const api = security.create({ default: security.apiKey('api_key', { keys: JSON.parse(process.env.API_KEYS ?? '[]') }) });
app.use(api.method('app'));
app.use(log.errors());

module.exports = app;
`)
    const www = contentOf(folder, 'bin/www')
    expect(www).toContain("const clewServer = require('@clew/server');")
    expect(www).toContain('var server = http.createServer(app);\nconfig.loadOrExit({')
    expect(www).toContain('\nclewServer.attach(server, {\n')
  })

  test('behind what is given the application, and in front of error handlers', async () => {
    const folder = applicationIn({
      'package.json': manifest,
      'server.js': `import express from 'express'
import { load } from './load.js'

async function start() {
  const app = express()
  await load({ app })
  app.use('/errors', list)
  // Errors are answered here.
  app.use((error, req, res, next) => res.status(500).end())
  app.listen(8080)
}
start()
`,
      'load.js': 'export const load = () => {}\n',
    })
    await run('create-clew', folder, ['-y', '--no-install', '--areas', 'log'])
    expect(contentOf(folder, 'server.js')).toContain(`
  await load({ app })
  app.use('/errors', list)
  app.use(log.errors())
  // Errors are answered here.
`)
  })

  test('an application in a class, which listens in another method', async () => {
    const folder = applicationIn({
      'package.json': manifest,
      'src/app.js': `import express from 'express'

export class App {
  constructor() {
    this.app = express()
    this.app.get('/', (req, res) => res.send('hello'))
  }

  listen(port) {
    this.app.listen(port)
  }
}
`,
      'src/index.js': "import { App } from './app.js'\n\nnew App().listen(8080)\n",
    })
    expect(
      await run('create-clew', folder, ['-y', '--no-install', '--areas', 'log,server']),
    ).toMatchObject({ code: 0 })
    expect(contentOf(folder, 'src/app.js')).toBe(`import express from 'express'
import * as log from '@clew/log'
import * as server from '@clew/server'

export class App {
  constructor() {
    this.app = express()
    this.app.use(log.http())
    this.app.get('/', (req, res) => res.send('hello'))
    this.app.use(log.errors())
  }

  listen(port) {
    const logger = log.configure({ fields: { svc: 'orders' } })
    server.attach(this.app.listen(port), { admin: {}, logger })
  }
}
`)
  })

  test('an application that a function of another file returns', async () => {
    const folder = applicationIn({
      'package.json': manifest,
      'build.js': `import fastify from 'fastify'

export function build() {
  const app = fastify()
  return app
}
`,
      'index.js': `import { build } from './build.js'

const app = build()
try {
  await app.listen({ port: 8080 })
} catch (error) {
  process.exit(1)
}
`,
    })
    expect(
      await run('create-clew', folder, ['-y', '--no-install', '--areas', 'trace,server']),
    ).toMatchObject({ code: 0 })
    expect(contentOf(folder, 'index.js')).toBe(`import { build } from './build.js'
import * as trace from '@clew/trace'
import * as server from '@clew/server'

const app = build()
try {
  const tracing = await trace.configure({ service: { name: 'orders' }, exporter: trace.otlp() })
  server.attach(app.server, { admin: {}, onShutdown: [() => app.close()], tracing })
  await app.listen({ port: 8080 })
} catch (error) {
  process.exit(1)
}
`)
    expect(contentOf(folder, 'build.js')).toContain("app.addHook('onRequest', traceHttp())")
  })

  test('the entry that is named, of several applications', async () => {
    const files = { 'package.json': manifest, 'one.js': server, 'two.js': server }
    const folder = applicationIn(files)
    const unclear = await run('create-clew', folder, ['-y', '--no-install'])
    expect(unclear).toMatchObject({ code: 3 })
    expect(unclear.stderr).toContain(
      'there are several applications, at one.js:3, two.js:3: choose one with --entry <file>; nothing was written',
    )
    expect(
      await run('create-clew', folder, ['-y', '--no-install', '--entry', 'two.js']),
    ).toMatchObject({ code: 0 })
    expect(contentOf(folder, 'one.js')).toBe(server)
    expect(contentOf(folder, 'two.js')).toContain('server.attach(')
  })
})

describe('adds what is missing', () => {
  test('one area, and then those that are left', async () => {
    const files = { 'package.json': manifest, 'server.js': `// Not '@clew/trace' yet.\n${server}` }
    const folder = applicationIn(files)
    await run('create-clew', folder, ['-y', '--no-install', '--areas', 'log'])
    const once = contentOf(folder, 'server.js')
    const second = await run('create-clew', folder, all)
    expect(second).toMatchObject({ code: 0 })
    const twice = contentOf(folder, 'server.js')
    for (const line of once.split('\n')) {
      if (!line.includes('app.listen')) expect(twice).toContain(line)
    }
    expect(twice.match(/@clew\/log/g)).toHaveLength(1)
    expect(twice).toContain("from '@clew/trace'")
    const third = await run('create-clew', folder, all)
    expect(third).toMatchObject({ code: 0, stdout: '' })
    expect(third.stderr).toContain('nothing to add')
    expect(contentOf(folder, 'server.js')).toBe(twice)
  })

  test.each([
    ['tabs and no line break at the end', '{\n\t"name": "orders",\n\t"devDependencies": {}\n}'],
    [
      'CRLF',
      '{\r\n  "name": "orders",\r\n  "dependencies": {\r\n    "express": "^5"\r\n  }\r\n}\r\n',
    ],
    ['one line', '{ "name": "orders", "dependencies": { "express": "^5", "a": "1" } }'],
    ['an empty list', '{\n  "name": "orders",\n  "dependencies": {}\n}\n'],
    ['nothing else', '{}'],
  ])('to a package.json with %s', async (_, text) => {
    const folder = applicationIn({ 'package.json': text, 'server.js': server })
    await run('create-clew', folder, ['-y', '--no-install', '--areas', 'log,trace'])
    const after = contentOf(folder, 'package.json')
    const { dependencies, ...others } = JSON.parse(after)
    expect(Object.keys(dependencies)).toEqual(
      expect.arrayContaining(['@clew/log', '@clew/trace', '@opentelemetry/api']),
    )
    expect(others).toEqual(
      Object.fromEntries(
        Object.entries(JSON.parse(text)).filter(([key]) => key !== 'dependencies'),
      ),
    )
    if (text.includes('\r\n')) expect(after.replaceAll('\r\n', '')).not.toContain('\n')
    expect(after.endsWith('\n')).toBe(text.endsWith('\n'))
    if (text.includes('\t')) expect(after).toContain('\n\t\t"@clew/log"')
  })

  test('a diff that git applies, where nothing is written', async () => {
    const folder = applicationIn({ 'package.json': manifest, 'server.js': server })
    const { code, stdout } = await run('create-clew', folder, ['--dry-run', '--areas', 'all'])
    expect(code).toBe(0)
    expect(contentOf(folder, 'server.js')).toBe(server)
    expect(spawnSync('git', ['apply', '-'], { cwd: folder, input: stdout }).status).toBe(0)
    const applied = ['server.js', 'package.json'].map((path) => contentOf(folder, path))
    const other = applicationIn({ 'package.json': manifest, 'server.js': server })
    await run('create-clew', other, all)
    expect(['server.js', 'package.json'].map((path) => contentOf(other, path))).toEqual(applied)
  })

  test('a warning where git has something that is not committed', async () => {
    const folder = applicationIn({ 'package.json': manifest, 'server.js': server })
    spawnSync('git', ['init', '-q'], { cwd: folder })
    const { stderr } = await run('create-clew', folder, ['-y', '--no-install', '--areas', 'log'])
    expect(stderr).toMatch(/^git has \d+ changes here that are not committed/)
  })

  test('and says when the installation fails', async () => {
    const folder = applicationIn({ 'package.json': manifest, 'server.js': server })
    // In the workspace, the versions are those of the workspace, which npm does not know.
    const { code, stderr } = await run('create-clew', folder, ['-y', '--areas', 'log'], {
      npm_config_user_agent: undefined,
    })
    expect(code).toBe(1)
    expect(stderr).toContain('the lines are written, and npm install has failed: run it again\n')
    expect(contentOf(folder, 'server.js')).toContain('@clew/log')
  })
})

describe('says what to add and where, if the place is not found', () => {
  test.each([
    [
      'an application that listens nowhere',
      "import express from 'express'\n\nexport const app = express()\n",
      'no place was found where the application begins to listen',
    ],
    [
      'a server whose return value is used',
      "import express from 'express'\n\nconst app = express()\nexport const start = () => [app.listen(8080)]\n",
      'no place was found where the application begins to listen',
    ],
    ['no application at all', 'console.log(1)\n', 'no file was found that makes an application'],
  ])('%s', async (_, text, problem) => {
    const folder = applicationIn({ 'package.json': manifest, 'server.js': text })
    const { code, stdout, stderr } = await run('create-clew', folder, [
      '-y',
      '--no-install',
      '--areas',
      'log,server',
    ])
    expect(code).toBe(3)
    expect(stderr).toContain(problem)
    expect(stderr).toContain('nothing was written')
    expect(stdout).toMatch(/^\+ import \* as log from '@clew\/log'$/m)
    expect(stdout).toMatch(/^\+ .*server\.attach\(/m)
    expect(stdout).toContain('npm install @clew/log@')
    expect(contentOf(folder, 'server.js')).toBe(text)
    expect(contentOf(folder, 'package.json')).toBe(manifest)
  })
})

test('a workspace: the packages are projects of their own', async () => {
  const folder = applicationIn({
    'package.json': '{ "workspaces": ["packages/*"] }',
    'packages/orders/package.json': manifest,
    'packages/orders/server.js': server,
    'pnpm-lock.yaml': '',
  })
  const root = await run('create-clew', folder, ['-y', '--no-install'])
  expect(root).toMatchObject({ code: 3 })
  expect(root.stderr).toContain(
    'this is the root of a workspace: run the command in the folder of one of its packages; nothing was written',
  )
  const wired = await run('create-clew', folder, ['packages/orders', '-y', '--no-install'])
  expect(wired).toMatchObject({ code: 0 })
  expect(wired.stderr).toContain('allowBuilds: { protobufjs: false }')
  expect(wired.stderr).toContain('written; now run pnpm install --no-frozen-lockfile\n')
  expect(contentOf(folder, 'packages/orders/server.js')).toContain('server.attach(')
})

describe('refuses', () => {
  const empty = mkdtempSync(join(tmpdir(), 'clew-empty-'))
  afterAll(() => rmSync(empty, { recursive: true }))

  test.each([
    [['--areas', 'log,tracing', '-y'], /^--areas: "tracing" is none of log, trace, .*, or all\n$/],
    [['--arias', 'log'], /^Unknown option '--arias'/],
    [['a', 'b', '-y'], /^one folder at most; received a b\n$/],
    [['nowhere', '-y'], /^nowhere is not a folder\n$/],
    [['-y'], /^there is no package\.json in .*: run this in the folder of an application\n$/],
    [
      [],
      /^there is no terminal to ask at: say --yes, with --areas .*, or --dry-run to look first\n$/,
    ],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await run('create-clew', empty, args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })

  test('a package.json that is no object, and an entry that is no source', async () => {
    const broken = applicationIn({ 'package.json': '[]' })
    expect((await run('create-clew', broken, ['-y'])).stderr).toMatch(
      /package\.json is not a JSON object\n$/,
    )
    writeFileSync(join(broken, 'package.json'), '{}')
    const entry = await run('create-clew', broken, ['-y', '--entry', 'x.js'])
    expect(entry).toMatchObject({ code: 2 })
    expect(entry.stderr).toMatch(/^--entry: x\.js is not a source file of /)
  })

  test('commands that clew does not have', async () => {
    expect(await run('clew', empty, ['docter'])).toMatchObject({
      code: 2,
      stderr: 'clew has no command "docter": create or doctor\n',
    })
    const help = await run('clew', empty, ['--help'])
    expect(help.stdout).toContain('Usage: clew create')
    expect(help.stdout).toContain('Usage: clew doctor')
  })
})
