// What typed configuration costs: a new process that imports a library and reads 20 variables, the reading alone in a new
// process, and the same reading again when warm. All candidates have the same 20 variables and refuse the same mistakes.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { fileURLToPath, pathToFileURL } from 'node:url'

const rounds = 31
const numbers = [0, 1, 2, 3, 4]
const env: Readonly<Record<string, string>> = Object.fromEntries(
  numbers.flatMap((n) => [
    [`NAME_${n}`, `value ${n}`],
    [`COUNT_${n}`, `${n}`],
    [`SITE_${n}`, `https://example.com/${n}`],
    [`LEVEL_${n}`, 'info'],
  ]),
)
/** Each of them must be refused by each candidate: a check that is not made costs nothing. */
const mistakes: readonly Readonly<Record<string, string>>[] = [
  { NAME_0: '' },
  { COUNT_0: '12abc' },
  { COUNT_0: '1.5' },
  { COUNT_0: ' ' },
  { COUNT_0: '0x10' },
  { COUNT_0: '080' },
  { SITE_0: 'example.com' },
  { LEVEL_0: 'loud' },
]

interface Candidate {
  readonly imports: string
  /** Five texts that are not empty, five integers, five URLs and five words out of four. */
  readonly declaration: string
  /** Of `declared` and `env`. */
  readonly read: string
}

const integer = '/^-?(?:0|[1-9][0-9]*)$/'
const ours = '@clew/config'
const candidates: Readonly<Record<string, Candidate>> = {
  [ours]: {
    imports: `import * as config from '@clew/config'`,
    declaration: `spec((n) => ({ ['name_' + n]: config.string(), ['count_' + n]: config.integer(),
      ['site_' + n]: config.url(), ['level_' + n]: config.oneOf(levels) }))`,
    read: `env === process.env ? config.load(declared) : config.load(declared, { env })`,
  },
  't3-env + valibot': {
    imports: `import { createEnv } from '@t3-oss/env-core'; import * as v from 'valibot'`,
    declaration: `spec((n) => ({ ['NAME_' + n]: v.pipe(v.string(), v.nonEmpty()),
      ['COUNT_' + n]: v.pipe(v.string(), v.regex(${integer}), v.transform(Number), v.safeInteger()),
      ['SITE_' + n]: v.pipe(v.string(), v.url()), ['LEVEL_' + n]: v.picklist(levels) }))`,
    read: `createEnv({ server: declared, runtimeEnv: env, onValidationError })`,
  },
  't3-env + zod': {
    imports: `import { createEnv } from '@t3-oss/env-core'; import { z } from 'zod'`,
    declaration: `spec((n) => ({ ['NAME_' + n]: z.string().min(1),
      ['COUNT_' + n]: z.string().regex(${integer}).transform(Number).pipe(z.int()),
      ['SITE_' + n]: z.url(), ['LEVEL_' + n]: z.enum(levels) }))`,
    read: `createEnv({ server: declared, runtimeEnv: env, onValidationError })`,
  },
  envalid: {
    imports: `import { cleanEnv, makeValidator, str, url } from 'envalid'`,
    declaration: `(() => {
      const text = makeValidator((value) => { if (value === '') throw new TypeError('empty'); return value })
      const int = makeValidator((value) => {
        if (!${integer}.test(value) || !Number.isSafeInteger(Number(value))) throw new TypeError('no integer')
        return Number(value)
      })
      return spec((n) => ({ ['NAME_' + n]: text(), ['COUNT_' + n]: int(), ['SITE_' + n]: url(),
        ['LEVEL_' + n]: str({ choices: levels }) }))
    })()`,
    read: `cleanEnv(env, declared, { reporter: ({ errors }) => { if (Object.keys(errors).length > 0) throw errors } })`,
  },
  convict: {
    imports: `import convict from 'convict'`,
    declaration: `(() => {
      const text = (value) => { if (value === '') throw new TypeError('empty') }
      const int = (value) => {
        if (!${integer}.test(value) || !Number.isSafeInteger(Number(value))) throw new TypeError('no integer')
      }
      const url = (value) => void new URL(value)
      return spec((n) => ({ ['name' + n]: { format: text, default: null, env: 'NAME_' + n },
        ['count' + n]: { format: int, default: null, env: 'COUNT_' + n },
        ['site' + n]: { format: url, default: null, env: 'SITE_' + n },
        ['level' + n]: { format: levels, default: null, env: 'LEVEL_' + n } }))
    })()`,
    read: `convict(declared, { env, args: [] }).validate().getProperties()`,
  },
}

const folder = fileURLToPath(new URL('config-programs/', import.meta.url))

/** Files, as the program of a user is one: `-e` takes another way through the loader. */
function write(name: string, text: string): string {
  const file = `${folder}${name.replace(/\W+/g, '-')}.mjs`
  writeFileSync(file, text)
  return file
}

const moduleOf = ({ imports, declaration, read }: Candidate) => `${imports}
const levels = ['debug', 'info', 'warn', 'error']
const spec = (entries) => Object.assign({}, ...[0, 1, 2, 3, 4].map(entries))
const onValidationError = (issues) => { throw issues }
export const declare = () => (${declaration})
export const read = (declared, env) => (${read})
`

const reading = 'read(declare(), process.env)\n'
const timedReading = `const times = [process.hrtime.bigint()]
const declared = declare()
times.push(process.hrtime.bigint())
read(declared, process.env)
times.push(process.hrtime.bigint())

process.stdout.write(times.join())\n`

/** The whole life of the process, and what it prints. */
function spawn(file: string): { readonly ms: number; readonly printed: string } {
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
    env: { ...env, NODE_ENV: 'production', PATH: process.env['PATH'] },
    encoding: 'utf8',
  })
  const ms = performance.now() - start
  if (status !== 0) throw new Error(stderr)
  return { ms, printed: stdout }
}

interface Samples {
  /** Of each round: the process, over one that does nothing; over one that imports an empty package. */
  readonly overBare: number[]
  readonly overEmptyPackage: number[]
  /** Declaring, and then reading, as the process itself sees it, for the first time. */
  readonly declaring: number[]
  readonly reading: number[]
}

/** The candidates take turns, so that a busy machine disturbs all of them alike. */
function processes(): { bare: number[]; emptyPackage: number[]; of: ReadonlyMap<string, Samples> } {
  mkdirSync(`${folder}node_modules/empty`, { recursive: true })
  writeFileSync(
    `${folder}node_modules/empty/package.json`,
    '{ "name": "empty", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  )
  writeFileSync(`${folder}node_modules/empty/index.js`, 'export const nothing = undefined\n')
  const bareFile = write('bare', '')
  const emptyFile = write('empty', `import { nothing } from 'empty'\n`)
  const programs = Object.entries(candidates).map(([name, candidate]) => ({
    name,
    start: write(`${name}-start`, moduleOf(candidate) + reading),
    cold: write(`${name}-cold`, moduleOf(candidate) + timedReading),
    samples: { overBare: [], overEmptyPackage: [], declaring: [], reading: [] } as Samples,
  }))
  const bare: number[] = []
  const emptyPackage: number[] = []
  for (let round = 0; round < rounds; round++) {
    const bareMs = spawn(bareFile).ms
    const emptyMs = spawn(emptyFile).ms
    bare.push(bareMs)
    emptyPackage.push(emptyMs - bareMs)
    for (const { start: program, cold, samples } of programs) {
      const { ms } = spawn(program)
      samples.overBare.push(ms - bareMs)
      samples.overEmptyPackage.push(ms - emptyMs)
      const [start = 0, declared = 0, read = 0] = spawn(cold).printed.split(',').map(Number)
      samples.declaring.push((declared - start) / 1e6)
      samples.reading.push((read - declared) / 1e6)
    }
  }
  return { bare, emptyPackage, of: new Map(programs.map(({ name, samples }) => [name, samples])) }
}

interface Program {
  declare(): unknown
  read(declared: unknown, env: Readonly<Record<string, string>>): unknown
}

/** The declaration is made once, and read again and again, in microseconds. Every mistake must be refused first. */
async function warm(): Promise<ReadonlyMap<string, number>> {
  const readers = new Map<string, () => unknown>()
  for (const [name, candidate] of Object.entries(candidates)) {
    const file = write(`${name}-warm`, moduleOf(candidate))
    const { declare, read } = (await import(pathToFileURL(file).href)) as Program
    const declared = declare()
    for (const mistake of mistakes) {
      if (!refuses(() => read(declared, { ...env, ...mistake })))
        throw new Error(`${name} takes ${JSON.stringify(mistake)}`)
    }
    readers.set(name, () => read(declared, env))
  }
  const times = new Map<string, number[]>()
  for (let round = 0; round < rounds; round++) {
    for (const [name, read] of readers) {
      const start = performance.now()
      for (let i = 0; i < 200; i++) read()
      times.set(name, [...(times.get(name) ?? []), (performance.now() - start) * 5])
    }
  }
  return new Map([...times].map(([name, samples]) => [name, median(samples)]))
}

function refuses(read: () => unknown): boolean {
  try {
    read()
    return false
  } catch {
    return true
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** A busy machine can only add. For times that are held against a number of milliseconds, and not against one another. */
function undisturbed(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 2] ?? Number.NaN
}

export async function run(): Promise<void> {
  const { bare, emptyPackage, of } = processes()
  const warmed = await warm()
  console.log(`
20 variables, medians of ${rounds} new processes each; node with an empty file takes ${median(bare).toFixed(1)} ms,
importing an empty package ${median(emptyPackage).toFixed(1)} ms more: the loader's own cost, which any package pays. Declaring and reading: the quickest quarter`)
  console.log(line(['', 'over node', 'over empty package', 'declare', 'read', 'read, warm']))
  const rows = [...of].map(([name, { overBare, overEmptyPackage, declaring, reading: first }]) => ({
    name,
    bare: median(overBare),
    empty: median(overEmptyPackage),
    declaring: undisturbed(declaring),
    first: undisturbed(first),
    warm: warmed.get(name) ?? Number.NaN,
  }))
  for (const row of rows) {
    console.log(
      line([
        row.name,
        `${row.bare.toFixed(1)} ms`,
        `${row.empty.toFixed(1)} ms`,
        `${row.declaring.toFixed(2)} ms`,
        `${row.first.toFixed(2)} ms`,
        `${row.warm.toFixed(1)} µs`,
      ]),
    )
  }
  const own = rows.find(({ name }) => name === ours)
  if (own === undefined) throw new Error('we are not in the list')
  verdict(
    'config.load of 20 variables takes under 1 ms the first time',
    own.first < 1,
    `${own.first.toFixed(2)} ms`,
  )
  const [next] = rows.filter(({ name }) => name !== ours).toSorted((a, b) => a.bare - b.bare)
  if (next === undefined) throw new Error('there are no peers')
  verdict(
    'starting with it costs less than with any peer',
    own.bare < next.bare,
    `${own.bare.toFixed(1)} ms, ${next.name} ${next.bare.toFixed(1)} ms`,
  )
}

const widths = [18, 12, 20, 11, 11, 12]

function line(cells: readonly string[]): string {
  return cells
    .map((cell, i) =>
      i === 0 ? `  ${cell.padEnd(widths[i] ?? 0)}` : cell.padStart(widths[i] ?? 0),
    )
    .join('')
}

function verdict(what: string, holds: boolean, found: string): void {
  console.log(`  ${holds ? 'holds ' : 'BROKEN'}  ${what}: ${found}`)
}
