import type { CpuProfile } from './cpu-profile.ts'
import type { HeapProfile } from './heap-profile.ts'
import { placeText } from './place-text.ts'

const functionCount = 30

/** The top functions of a profile as a text table, for reading without other tools. */
export function topText(profile: CpuProfile | HeapProfile): string {
  const seconds = (profile.durationMs / 1000).toFixed(1)
  if ('busyMs' in profile) {
    const rows = profile
      .top(functionCount)
      .filter(({ selfMs }) => selfMs > 0)
      .map((row) => [
        ms(row.selfMs),
        percent(row.selfPercent),
        ms(row.totalMs),
        percent(row.totalPercent),
        where(row),
      ])
    const blocked =
      profile.blockedMs < 1 ? '' : `, ${ms(profile.blockedMs)} waiting for child processes`
    const cpu = `CPU time of the process ${ms(profile.processCpuMs)}`
    return table(`${ms(profile.busyMs)} busy in ${seconds} s${blocked}; ${cpu}`, rows)
  }
  const rows = profile
    .top(functionCount)
    .filter(({ selfBytes }) => selfBytes > 0)
    .map((row) => [
      kib(row.selfBytes),
      percent(row.selfPercent),
      kib(row.totalBytes),
      percent(row.totalPercent),
      where(row),
    ])
  const kept =
    profile.keptBytes === 0
      ? ''
      : `, ${kib(profile.keptBytes)} of it from before an allocation profile, maybe freed since`
  const outside = `outside of V8's heap, as Buffers: ${kib(profile.externalBytes)}`
  return table(`${kib(profile.totalBytes)} in ${seconds} s${kept}; ${outside}`, rows)
}

function table(title: string, rows: readonly string[][]): string {
  const lines = [['self', '', 'total', '', 'function'], ...rows]
  const widths = [0, 1, 2, 3].map((i) => Math.max(...lines.map((cells) => cells[i]?.length ?? 0)))
  const line = (cells: string[]) => cells.map((cell, i) => cell.padStart(widths[i] ?? 0)).join('  ')
  return [title, '', ...lines.map(line)].join('\n')
}

const ms = (value: number) => `${value.toFixed(1)} ms`
const kib = (value: number) => `${(value / 1024).toFixed()} KiB`
const percent = (value: number) => `${value.toFixed(1)} %`

const where = (row: { readonly function: string; readonly file: string; readonly line: number }) =>
  placeText({ name: row.function, file: row.file, line: row.line }, '  ')
