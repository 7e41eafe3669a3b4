import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from '@swc/core'
import { published, root } from './packages.js'

// Inside e2e, because that workspace has all eight packages and the frameworks among its dependencies.
const workshop = join(root, 'e2e/.readme')

/** ```ts is type-checked; ```ts run is run as well, and compared with the ```text block behind it. */
export function readmeCodeWorks() {
  rmSync(workshop, { recursive: true, force: true })
  mkdirSync(workshop, { recursive: true })
  const blocks = documents().flatMap(blocksOf)
  for (const { file, code } of blocks) writeFileSync(join(workshop, `${file}.ts`), code)
  writeFileSync(join(workshop, 'tsconfig.json'), JSON.stringify(tsconfig))
  return [
    ...inventedFrameworks(blocks),
    ...typeProblems(blocks),
    ...blocks.filter(({ run }) => run).flatMap(runProblems),
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
  const list = spawnSync('git', ['ls-files', 'docs/*.md', 'packages/*/docs/*.md'], {
    cwd: root,
    encoding: 'utf8',
  })
  return list.stdout.split('\n').filter(Boolean)
}

function blocksOf({ path, text }) {
  const fence =
    /(?:<!-- setup\n([\s\S]*?)-->\s*\n)?^```ts( run)?\n([\s\S]*?)^```\n(?:\n?```text\n([\s\S]*?)^```)?/gm
  return [...text.matchAll(fence)].map(([, setup = '', run, code, output], index) => ({
    path,
    file: `${path.replace(/\W+/g, '-')}-${index + 1}`,
    at: `${path}, code block ${index + 1}`,
    run: run !== undefined,
    output: run ? output : undefined,
    code: `${setup}${code}\nexport {}\n`,
  }))
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

function runProblems({ file, at, code, output }) {
  const options = {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  }
  writeFileSync(join(workshop, `${file}.mjs`), transformSync(code, options).code)
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
