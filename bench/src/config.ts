// The cost of typed configuration: a new process that imports a library and reads 20 variables, the
// reading alone in a new process, and the same reading when warm. All candidates read the same 20
// variables and reject the same invalid values.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { budget } from './report/budgets.ts'

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
/** Every candidate must reject each of these, since a check that is left out costs nothing. */
const invalidValues: readonly Readonly<Record<string, string>>[] = [
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
  /** Five non-empty strings, five integers, five URLs and five enumerations of four words. */
  readonly declaration: string
  /** An expression that reads `declared` from `env`. */
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

/** Programs are written to files, like those of users: the loader handles `-e` differently. */
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

/** Runs a program and measures the lifetime of its process. */
function spawn(file: string): { readonly ms: number; readonly stdout: string } {
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
    env: { ...env, NODE_ENV: 'production', PATH: process.env['PATH'] },
    encoding: 'utf8',
  })
  const ms = performance.now() - start
  if (status !== 0) throw new Error(stderr)
  return { ms, stdout }
}

interface Samples {
  /**
   * Per round: the lifetime minus that of an empty process, or one that imports an empty package.
   */
  readonly overBare: number[]
  readonly overEmptyPackage: number[]
  /** The first declaration and the first read, measured inside the process. */
  readonly declaring: number[]
  readonly reading: number[]
}

/** The candidates alternate, so that a busy machine affects all of them alike. */
function measureProcesses(): {
  bare: number[]
  emptyPackage: number[]
  samples: ReadonlyMap<string, Samples>
} {
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
      const [start = 0, declared = 0, read = 0] = spawn(cold).stdout.split(',').map(Number)
      samples.declaring.push((declared - start) / 1e6)
      samples.reading.push((read - declared) / 1e6)
    }
  }
  const byName = new Map(programs.map(({ name, samples }) => [name, samples]))
  return { bare, emptyPackage, samples: byName }
}

interface Program {
  declare(): unknown
  read(declared: unknown, env: Readonly<Record<string, string>>): unknown
}

/**
 * Microseconds of a repeated read of one declaration. First checks that all invalid values are
 * rejected.
 */
async function measureWarm(): Promise<ReadonlyMap<string, number>> {
  const readers = new Map<string, () => unknown>()
  for (const [name, candidate] of Object.entries(candidates)) {
    const file = write(`${name}-warm`, moduleOf(candidate))
    const { declare, read } = (await import(pathToFileURL(file).href)) as Program
    const declared = declare()
    for (const invalid of invalidValues) {
      if (!rejects(() => read(declared, { ...env, ...invalid })))
        throw new Error(`${name} accepts ${JSON.stringify(invalid)}`)
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

function rejects(read: () => unknown): boolean {
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

/**
 * For times that are compared with a fixed budget, not with each other: a busy machine can only add
 * to them.
 */
function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 2] ?? Number.NaN
}

export async function run(): Promise<void> {
  const { bare, emptyPackage, samples } = measureProcesses()
  const warmTimes = await measureWarm()
  console.log(`
20 variables, medians of ${rounds} new processes each, lower quartiles for declare and read.
Node with an empty file takes ${median(bare).toFixed(1)} ms; importing an empty package adds
${median(emptyPackage).toFixed(1)} ms, the loader's own cost, which every package pays.`)
  console.log(line(['', 'over node', 'over empty package', 'declare', 'read', 'read, warm']))
  const rows = [...samples].map(
    ([name, { overBare, overEmptyPackage, declaring, reading: first }]) => ({
      name,
      bare: median(overBare),
      empty: median(overEmptyPackage),
      declaring: lowerQuartile(declaring),
      first: lowerQuartile(first),
      warm: warmTimes.get(name) ?? Number.NaN,
    }),
  )
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
  if (own === undefined) throw new Error(`no times for ${ours}`)
  budget('config.load of 20 variables takes under 1 ms the first time', {
    holds: own.first < 1,
    measured: `${own.first.toFixed(2)} ms`,
  })
  const [next] = rows.filter(({ name }) => name !== ours).toSorted((a, b) => a.bare - b.bare)
  if (next === undefined) throw new Error('no times for any peer')
  budget('starting with it costs less than with any peer', {
    holds: own.bare < next.bare,
    measured: `${own.bare.toFixed(1)} ms, ${next.name} ${next.bare.toFixed(1)} ms`,
  })
}

const widths = [18, 12, 20, 11, 11, 12]

function line(cells: readonly string[]): string {
  return cells
    .map((cell, i) =>
      i === 0 ? `  ${cell.padEnd(widths[i] ?? 0)}` : cell.padStart(widths[i] ?? 0),
    )
    .join('')
}
