import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from '@swc/core'
import { freePort } from '../../testing/dist/port.js'
import { published, root } from './packages.js'

// Inside e2e, because that workspace has all eight packages and the frameworks among its dependencies.
const workshop = join(root, 'e2e/.readme')

/**
 * ```ts is type-checked; ```ts run is run as well, and compared with the ```text block behind it. ```ts serve is run until
 * it listens; then each ```sh block behind it is, and compared with its ```text; at last it is ended by SIGTERM, and
 * compared with its own.
 */
export async function readmeCodeWorks() {
  rmSync(workshop, { recursive: true, force: true })
  mkdirSync(workshop, { recursive: true })
  const blocks = documents().flatMap(blocksOf)
  for (const { file, code } of blocks) writeFileSync(join(workshop, `${file}.ts`), code)
  writeFileSync(join(workshop, 'tsconfig.json'), JSON.stringify(tsconfig))
  return [
    ...inventedFrameworks(blocks),
    ...typeProblems(blocks),
    ...blocks.filter(({ how }) => how === 'run').flatMap(runProblems),
    ...(await servedProblems(blocks.filter(({ how }) => how === 'serve'))),
  ]
}

const tsconfig = {
  extends: '../../tsconfig/base.json',
  compilerOptions: { customConditions: null, lib: ['ES2023', 'DOM'] },
  include: ['*.ts'],
}

function documents() {
  const files = [
    'README.md',
    'examples/deploy/README.md',
    'examples/orders/README.md',
    'CONTRIBUTING.md',
    ...published.map(({ directory }) => `${directory}/README.md`),
  ]
  return [...files, ...docs()].map((path) => ({
    path,
    text: readFileSync(join(root, path), 'utf8'),
  }))
}

function docs() {
  const list = spawnSync(
    'git',
    ['ls-files', 'docs/*.md', 'packages/*/docs/*.md', 'site/pages/*.md'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  return list.stdout.split('\n').filter(Boolean)
}

function blocksOf({ path, text }) {
  const fence =
    /(?:<!-- setup\n([\s\S]*?)-->\s*\n)?^```ts(?: (run|serve))?\n([\s\S]*?)^```\n(?:\n?```text\n([\s\S]*?)^```)?/gm
  const found = [...text.matchAll(fence)]
  return found.map(({ index, 0: whole, 1: setup = '', 2: how, 3: code, 4: output }, number) => ({
    path,
    file: `${path.replace(/\W+/g, '-')}-${number + 1}`,
    at: `${path}, code block ${number + 1}`,
    how,
    output: how ? output : undefined,
    code: `${setup}${code}\nexport {}\n`,
    commands:
      how === 'serve' ? commandsOf(text.slice(index + whole.length, found[number + 1]?.index)) : [],
  }))
}

/** The commands behind a server, each with what it prints. */
function commandsOf(text) {
  const pairs = text.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n?```text\n([\s\S]*?)^```)?/gm)
  return [...pairs].map(([, command, output]) => ({ command, output }))
}

/** What is declared by hand fits always: the code must fit the real framework. */
function inventedFrameworks(blocks) {
  return blocks
    .filter(
      ({ path, code }) =>
        path.includes('frameworks') && /^declare const (app|koa|nest|fastify|hono): \{/m.test(code),
    )
    .map(({ at }) => `${at}: declares a framework by hand; import it`)
}

function typeProblems(blocks) {
  const check = spawnSync('tsc', ['-p', workshop], { encoding: 'utf8' })
  if (check.error) return [`tsc does not start: ${check.error.message}`]
  return check.stdout
    .split('\n')
    .filter((line) => /error TS/.test(line))
    .map((line) => {
      const block = blocks.find(({ file }) => line.includes(`${file}.ts`))
      return `${block?.at ?? ''}: ${line}`
    })
}

function compile(file, code) {
  const options = {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  }
  writeFileSync(join(workshop, `${file}.mjs`), transformSync(code, options).code)
}

function runProblems({ file, at, code, output }) {
  compile(file, code)
  const run = spawnSync(process.execPath, [`${file}.mjs`], {
    cwd: workshop,
    encoding: 'utf8',
    timeout: 20_000,
  })
  if (run.status !== 0)
    return [
      `${at} exits ${run.status ?? run.signal}: ${run.stderr.trim().split('\n').slice(0, 5).join(' ')}`,
    ]
  return missingLines(output, run.stdout + run.stderr).map(
    (line) => `${at} does not print: ${line}`,
  )
}

async function servedProblems(blocks) {
  const problems = []
  for (const block of blocks) problems.push(...(await servedBy(block)))
  return problems
}

/** The ports of the page, 8080 and 8081, are those that are free on this machine. */
async function servedBy({ file, at, code, output, commands }) {
  const ports = { 8080: await freePort(), 8081: await freePort() }
  const here = (text) => text.replace(/\b808[01]\b/g, (port) => ports[port])
  compile(file, here(code))
  const server = spawn(process.execPath, [`${file}.mjs`], { cwd: workshop })
  let printed = ''
  const ended = once(server, 'close')
  await new Promise((resolve) => {
    const read = (chunk) => {
      printed += chunk
      if (/listening|ready/.test(printed)) resolve()
    }
    server.stdout.on('data', read)
    server.stderr.on('data', read)
    server.on('close', resolve)
  })
  const problems = commands.flatMap(({ command, output: expected }) => {
    const run = spawnSync('sh', ['-c', here(command)], { encoding: 'utf8', timeout: 20_000 })
    return missingLines(here(expected ?? ''), run.stdout + run.stderr).map(
      (line) => `${at}: ${command.trim()} does not print: ${line}`,
    )
  })
  server.kill('SIGTERM')
  const [status] = await ended
  return [
    ...problems,
    ...(status === 0 ? [] : [`${at} exits ${status}: ${printed.slice(-500)}`]),
    ...missingLines(here(output ?? ''), printed).map((line) => `${at} does not print: ${line}`),
  ]
}

function missingLines(expected = '', printed) {
  const lines = printed.split('\n').map((line) => line.trim())
  let from = 0
  return expected
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .filter((line) => {
      const pattern = new RegExp(
        `^${line
          .split('…')
          .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('.*')}$`,
      )
      const found = lines.findIndex((text, index) => index >= from && pattern.test(text))
      if (found >= 0) from = found + 1
      return found < 0
    })
}
