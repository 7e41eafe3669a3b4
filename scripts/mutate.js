// Changes one operator, bound or literal at a time, and prints what no test noticed.
// usage: pnpm mutate [package] [--since REV] [--sample N] [--seed S] [--min PERCENT]
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { copyOf } from './mutate/copy.js'
import { Jest } from './mutate/jest.js'
import { changedLines } from './mutate/lines.js'
import { mutated, pointsOf } from './mutate/points.js'
import { sample } from './mutate/sample.js'
import { looksAtBuild, running, watchedTests } from './mutate/tests.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    since: { type: 'string' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    min: { type: 'string', default: '90' },
  },
})

const all = positionals.length > 0 ? positionals.map(workspaceOf) : workspaces()
const chosen = choose(all.flatMap(mutantsOf))
let noticed = 0
for (const workspace of all) {
  const mutants = chosen.filter((mutant) => mutant.workspace === workspace)
  if (mutants.length > 0) noticed += await tryOut(workspace, mutants)
}
const score = chosen.length === 0 ? 100 : (noticed / chosen.length) * 100
const seed = values.since === undefined ? `, seed ${values.seed}` : ''
console.log(`${noticed} of ${chosen.length} noticed: ${Math.floor(score)} %${seed}`)
process.exitCode = score >= Number(values.min) ? 0 : 1

function workspaces() {
  return [...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`), 'internal']
}

function workspaceOf(name) {
  const found = [`packages/${name}`, name].find((path) => existsSync(join(root, path, 'src')))
  if (found === undefined) throw new Error(`there is no package ${name}`)
  return found
}

function mutantsOf(workspace) {
  const lines = values.since && changedLines(root, `${workspace}/src`, values.since)
  return sources(workspace).flatMap((file) => {
    const points = pointsOf(readFileSync(join(root, file), 'utf8'))
    const wanted = lines ? points.filter(({ line }) => lines.get(file)?.has(line)) : points
    return wanted.map((point) => ({ workspace, file, ...point }))
  })
}

function sources(workspace) {
  return readdirSync(join(root, workspace, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => `${workspace}/src/${file}`)
}

function choose(mutants) {
  const size = values.sample ?? (values.since === undefined ? '50' : undefined)
  return size === undefined ? mutants : sample(mutants, Number(size), Number(values.seed))
}

/** Resolves with how many of them were noticed. */
async function tryOut(workspace, mutants) {
  const files = [...new Set(mutants.map(({ file }) => file))]
  console.log(`${workspace}: ${mutants.length} mutants of ${files.length} files`)
  const copy = copyOf(root, workspace)
  const jest = new Jest(copy, workspace)
  const watched = await watchedTests(jest, await jest.tests(), console.log)
  const built = watched.filter(({ path }) => looksAtBuild(path))
  let count = 0
  for (const mutant of mutants) {
    const path = join(copy, mutant.file)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, mutated(text, mutant))
    const near = running(watched, path, mutant.line)
    const survived = (await pass(jest, near)) && (await passBuilt(jest, built))
    writeFileSync(path, text)
    if (survived) report(mutant, text, near.length)
    else count += 1
  }
  rmSync(copy, { recursive: true, force: true })
  return count
}

function pass(jest, tests) {
  if (tests.length === 0) return true
  const usual = tests.reduce((total, { ms }) => total + ms, 0)
  const paths = tests.map(({ path }) => path)
  return jest.passes(paths, { limitMs: 20_000 + 3 * usual })
}

/** A mutant that does not even compile is noticed, too. */
async function passBuilt(jest, tests) {
  const dist = join(jest.folder, 'dist')
  cpSync(dist, `${dist}.kept`, { recursive: true })
  try {
    execFileSync('npx', ['-y', 'pnpm@12', 'run', 'build'], { cwd: jest.folder, stdio: 'ignore' })
    return await pass(jest, tests)
  } catch {
    return false
  } finally {
    rmSync(dist, { recursive: true })
    cpSync(`${dist}.kept`, dist, { recursive: true })
    rmSync(`${dist}.kept`, { recursive: true })
  }
}

function report({ file, line, original, replacement, ...mutant }, text, tests) {
  const after = mutated(text, { ...mutant, replacement }).split('\n')
  const reached = tests === 0 ? ', which no test runs' : ''
  console.log(`${file}:${line}: ${short(original)} → ${short(replacement)}${reached}`)
  console.log(`  - ${text.split('\n')[line - 1].trim()}\n  + ${after[line - 1].trim()}`)
}

function short(text) {
  return text === '' ? 'nothing' : text.replace(/\s+/g, ' ').slice(0, 60)
}
