// What typed configuration costs: a process that starts and reads 20 variables, and the same reading again when warm.
import { spawnSync } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import * as config from '@clew/config'
import { createEnv } from '@t3-oss/env-core'
// @ts-expect-error It has no types.
import convict from 'convict'
import { cleanEnv, num, str, url } from 'envalid'
import * as v from 'valibot'
import { z } from 'zod'

const rounds = 21
const numbers = [0, 1, 2, 3, 4]
const env = Object.fromEntries(
  numbers.flatMap((n) => [
    [`NAME_${n}`, `value ${n}`],
    [`COUNT_${n}`, `${n}`],
    [`SITE_${n}`, `https://example.com/${n}`],
    [`LEVEL_${n}`, 'info'],
  ]),
)
const levels = ['debug', 'info', 'warn', 'error'] as const

/** The same five texts, five integers, five URLs and five words out of four, declared and read. */
const programs: Readonly<Record<string, { readonly load: string; readonly read: string }>> = {
  '@clew/config': {
    load: `import * as config from '@clew/config'`,
    read: `config.load(spec((n) => ({ ['name_' + n]: config.string(), ['count_' + n]: config.integer(), ['site_' + n]: config.url(),
      ['level_' + n]: config.oneOf(levels) })))`,
  },
  't3-env + valibot': {
    load: `import { createEnv } from '@t3-oss/env-core'; import * as v from 'valibot'`,
    read: `createEnv({ runtimeEnv: process.env, server: spec((n) => ({ ['NAME_' + n]: v.string(),
      ['COUNT_' + n]: v.pipe(v.string(), v.transform(Number), v.integer()), ['SITE_' + n]: v.pipe(v.string(), v.url()),
      ['LEVEL_' + n]: v.picklist(levels) })) })`,
  },
  convict: {
    load: `import convict from 'convict'`,
    read: `convict(spec((n) => ({ ['name' + n]: { format: String, default: '', env: 'NAME_' + n },
      ['count' + n]: { format: 'int', default: 0, env: 'COUNT_' + n }, ['site' + n]: { format: String, default: '', env: 'SITE_' + n },
      ['level' + n]: { format: levels, default: 'info', env: 'LEVEL_' + n } }))).validate()`,
  },
  envalid: {
    load: `import { cleanEnv, str, num, url } from 'envalid'`,
    read: `cleanEnv(process.env, spec((n) => ({ ['NAME_' + n]: str(), ['COUNT_' + n]: num(), ['SITE_' + n]: url(),
      ['LEVEL_' + n]: str({ choices: levels }) })))`,
  },
  't3-env + zod': {
    load: `import { createEnv } from '@t3-oss/env-core'; import { z } from 'zod'`,
    read: `createEnv({ runtimeEnv: process.env, server: spec((n) => ({ ['NAME_' + n]: z.string(), ['COUNT_' + n]: z.coerce.number().int(),
      ['SITE_' + n]: z.url(), ['LEVEL_' + n]: z.enum(levels) })) })`,
  },
}
const shared = `const levels = ${JSON.stringify(levels)}
  const spec = (entries) => Object.assign({}, ...${JSON.stringify(numbers)}.map(entries))`

function spawn(program: string): { readonly ms: number; readonly printed: string } {
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', program],
    {
      cwd: new URL('..', import.meta.url),
      env: { ...env, NODE_ENV: 'production', PATH: process.env['PATH'] },
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new Error(stderr)
  return { ms: performance.now() - start, printed: stdout }
}

interface Boot {
  /** The whole life of the process. */
  readonly process: number
  /** Declaring and reading, for the first time, as the process itself sees it. */
  readonly reading: number
}

/** The best of the rounds. The candidates take turns, so that a busy machine disturbs all of them alike. */
function boots(): ReadonlyMap<string, Boot> {
  const samples = new Map<string, { process: number[]; reading: number[] }>()
  const candidates = [['bare node', { load: '', read: '' }] as const, ...Object.entries(programs)]
  for (let round = 0; round < rounds; round++) {
    for (const [name, { load, read }] of candidates) {
      const { ms, printed } = spawn(`${load}\n${shared}
        const start = performance.now(); ${read}
        process.stdout.write(String(performance.now() - start))`)
      const sample = samples.get(name) ?? { process: [], reading: [] }
      samples.set(name, sample)
      sample.process.push(ms)
      sample.reading.push(Number(printed))
    }
  }
  return new Map(
    [...samples].map(([name, sample]) => [
      name,
      { process: best(sample.process), reading: best(sample.reading) },
    ]),
  )
}

function best(values: readonly number[]): number {
  return Math.min(...values)
}

const spec = <T>(entries: (n: number) => Record<string, T>): Record<string, T> =>
  Object.assign({}, ...numbers.map(entries))

/** Reading alone, many times; the declarations are made once where a library lets one keep them. */
function warm(): ReadonlyMap<string, number> {
  const ours: config.Spec = {
    ...spec((n) => ({ [`name_${n}`]: config.string() })),
    ...spec((n) => ({ [`count_${n}`]: config.integer() })),
    ...spec((n) => ({ [`site_${n}`]: config.url() })),
    ...spec((n) => ({ [`level_${n}`]: config.oneOf(levels) })),
  }
  const valibot = {
    ...spec((n) => ({ [`NAME_${n}`]: v.string() })),
    ...spec((n) => ({ [`COUNT_${n}`]: v.pipe(v.string(), v.transform(Number), v.integer()) })),
    ...spec((n) => ({ [`SITE_${n}`]: v.pipe(v.string(), v.url()) })),
    ...spec((n) => ({ [`LEVEL_${n}`]: v.picklist(levels) })),
  }
  const zod = {
    ...spec((n) => ({ [`NAME_${n}`]: z.string() })),
    ...spec((n) => ({ [`COUNT_${n}`]: z.coerce.number().int() })),
    ...spec((n) => ({ [`SITE_${n}`]: z.url() })),
    ...spec((n) => ({ [`LEVEL_${n}`]: z.enum(levels) })),
  }
  const envalid = {
    ...spec((n) => ({ [`NAME_${n}`]: str() })),
    ...spec((n) => ({ [`COUNT_${n}`]: num() })),
    ...spec((n) => ({ [`SITE_${n}`]: url() })),
    ...spec((n) => ({ [`LEVEL_${n}`]: str({ choices: levels }) })),
  }
  const convictSpec = {
    ...spec((n) => ({ [`name${n}`]: { format: String, default: '', env: `NAME_${n}` } })),
    ...spec((n) => ({ [`count${n}`]: { format: 'int', default: 0, env: `COUNT_${n}` } })),
    ...spec((n) => ({ [`site${n}`]: { format: String, default: '', env: `SITE_${n}` } })),
    ...spec((n) => ({
      [`level${n}`]: { format: [...levels], default: 'info', env: `LEVEL_${n}` },
    })),
  }
  const candidates: Record<string, () => unknown> = {
    '@clew/config': () => config.load(ours, { env, envFile: false }),
    't3-env + valibot': () => createEnv({ server: valibot, runtimeEnv: { ...env } }),
    convict: () => convict(convictSpec, { env, args: [] }).validate(),
    envalid: () => cleanEnv(env, envalid),
    't3-env + zod': () => createEnv({ server: zod, runtimeEnv: { ...env } }),
  }
  const times = new Map<string, number[]>()
  for (let round = 0; round < rounds; round++) {
    for (const [name, read] of Object.entries(candidates)) {
      const start = performance.now()
      for (let i = 0; i < 200; i++) read()
      times.set(name, [...(times.get(name) ?? []), (performance.now() - start) * 5])
    }
  }
  return new Map([...times].map(([name, samples]) => [name, best(samples)]))
}

export async function run(): Promise<void> {
  const booted = boots()
  const warmed = warm()
  const bare = booted.get('bare node')?.process ?? Number.NaN
  const added = (name: string) => (booted.get(name)?.process ?? Number.NaN) - bare
  const ours = '@clew/config'
  // What is added may vanish in the noise of starting a process: nothing is compared with less than a tenth of a millisecond.
  const ratio = (value: number, base: number) => `${(value / Math.max(base, 0.1)).toFixed(1)} ×`

  console.log(`\n20 variables; starting bare node takes ${bare.toFixed(1)} ms`)
  const head = ['', 'start, added', '', 'first reading', '', 'warm reading', '']
  console.log(line(head))
  for (const name of Object.keys(programs)) {
    const reading = booted.get(name)?.reading ?? Number.NaN
    const again = warmed.get(name) ?? Number.NaN
    console.log(
      line([
        name,
        `${added(name).toFixed(1)} ms`,
        ratio(added(name), added(ours)),
        `${reading.toFixed(2)} ms`,
        ratio(reading, booted.get(ours)?.reading ?? Number.NaN),
        `${again.toFixed(1)} µs`,
        ratio(again, warmed.get(ours) ?? Number.NaN),
      ]),
    )
  }
  const first = booted.get(ours)?.reading ?? Number.NaN
  budget('importing and reading adds under 1 ms', added(ours) < 1, `${added(ours).toFixed(1)} ms`)
  budget('the first reading of 20 variables under 1 ms', first < 1, `${first.toFixed(2)} ms`)
}

const widths = [18, 13, 9, 15, 9, 14, 9]

function line(cells: readonly string[]): string {
  return cells
    .map((cell, i) =>
      i === 0 ? `  ${cell.padEnd(widths[i] ?? 0)}` : cell.padStart(widths[i] ?? 0),
    )
    .join('')
}

function budget(what: string, holds: boolean, found: string): void {
  console.log(`  ${holds ? 'holds ' : 'BROKEN'}  ${what}: ${found}`)
}
