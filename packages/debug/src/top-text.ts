import type { CpuProfile } from './cpu-profile.ts'
import type { HeapProfile } from './heap-profile.ts'

const functionCount = 30

/** The functions at the top of a profile, as a table for people without other tools. */
export function topText(profile: CpuProfile | HeapProfile): string {
  const seconds = (profile.durationMs / 1000).toFixed(1)
  if ('busyMs' in profile) {
    const rows = profile
      .top(functionCount)
      .filter((f) => f.selfMs > 0)
      .map((f) => [
        ms(f.selfMs),
        percent(f.selfPercent),
        ms(f.totalMs),
        percent(f.totalPercent),
        where(f),
      ])
    return table(`${ms(profile.busyMs)} busy in ${seconds} s`, rows)
  }
  const rows = profile
    .top(functionCount)
    .filter((f) => f.selfBytes > 0)
    .map((f) => [
      kib(f.selfBytes),
      percent(f.selfPercent),
      kib(f.totalBytes),
      percent(f.totalPercent),
      where(f),
    ])
  return table(`${kib(profile.totalBytes)} in ${seconds} s`, rows)
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

function where(f: { readonly function: string; readonly file: string; readonly line: number }) {
  const place = f.file === '' ? '' : `  ${f.file}${f.line > 0 ? `:${f.line}` : ''}`
  // A computed name may hold anything.
  return `${f.function}${place}`.replace(/[\u0000-\u001f\u007f]/g, '?')
}
