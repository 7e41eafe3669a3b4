// The production tax: what everything together costs a service, for each request, beside the usual
// packages for the same work. `pnpm bench tax` shows it; with `--report` it is measured longer, and
// written into bench/reports/tax.
import { measure, type Row, type Settings } from './tax/measurement.ts'
import { writeReport } from './tax/report.ts'
import { type Framework, subjectsOf } from './tax/subject.ts'

const short: Settings = { rounds: 3, requests: 3000, warmUp: 10_000, settle: 2000, connections: 10 }
const long: Settings = { rounds: 9, requests: 5000, warmUp: 20_000, settle: 3000, connections: 10 }

export async function run(): Promise<void> {
  const isReport = process.argv.includes('--report')
  const settings = isReport ? long : short
  const frameworks: readonly Framework[] = isReport
    ? ['express', 'fastify', 'hono', 'node:http']
    : ['express', 'node:http']
  const results: Record<string, readonly Row[]> = {}
  for (const framework of frameworks) {
    const rows = await measure(subjectsOf(framework), settings)
    results[framework] = rows
    console.log(
      `\n${framework}: µs of user CPU for each request, best and median of ${settings.rounds}`,
    )
    for (const row of rows) print(row, rows[0] as Row)
    printRatios(rows)
  }
  if (isReport) writeReport({ settings, results })
}

function print({ name, userMicros, garbageBytes, p99Ms }: Row, bare: Row): void {
  const added = userMicros.best - bare.userMicros.best
  const columns = [
    name.padEnd(42),
    userMicros.best.toFixed(1).padStart(7),
    userMicros.median.toFixed(1).padStart(7),
    (added > 0 ? `+${added.toFixed(1)}` : '').padStart(8),
    `${(garbageBytes.median / 1024).toFixed(1)} KiB`.padStart(10),
    p99Ms === undefined ? '' : `p99 ${p99Ms.median.toFixed(2)} ms`,
  ]
  console.log(`  ${columns.join(' ')}`)
}

function printRatios(rows: readonly Row[]): void {
  const of = (name: string) => rows.find((row) => row.name === name)
  const [bare, usual] = [of('bare'), of('usual: all, a line per request')]
  if (bare === undefined) return
  for (const name of ['clew: all, a line per request', 'clew: all, held back']) {
    const ours = of(name)
    if (ours === undefined) continue
    for (const kind of ['best', 'median'] as const) {
      const added = (row: Row) => row.userMicros[kind] - bare.userMicros[kind]
      const [base, unit] =
        usual === undefined
          ? [bare.userMicros[kind], 'the bare request']
          : [added(usual), "the usual stack's"]
      console.log(`  ${name}, ${kind}: the tax is ${(added(ours) / base).toFixed(2)} × ${unit}`)
    }
  }
}
