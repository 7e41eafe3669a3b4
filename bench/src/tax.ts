// The production tax: what everything together costs a service, for each request, beside the usual
// packages for the same work. `pnpm bench tax` shows it; with `--report` all frameworks are
// measured, and written into bench/reports/tax.
import { budget } from './report/budgets.ts'
import { measure, type Row, type Settings } from './tax/measurement.ts'
import { taxesOf } from './tax/ratios.ts'
import { writeReport } from './tax/report.ts'
import { type Framework, groupsOf } from './tax/subject.ts'

const short: Settings = { rounds: 5, requests: 2500, warmUp: 8000, settle: 1000, connections: 10 }
const long: Settings = { ...short, rounds: 9 }
// The system counts CPU time in steps of milliseconds: a round must be long beside them.
const settingsOf = (framework: Framework, settings: Settings): Settings =>
  framework === 'express' ? settings : { ...settings, requests: 4 * settings.requests }

/** The most that the whole may cost: of the usual stack's, or of the bare request. */
const atMost: Record<Framework, number> = {
  express: 1 / 8,
  fastify: 1 / 4,
  hono: 1 / 4,
  'node:http': 1,
}

export async function run(): Promise<void> {
  const isReport = process.argv.includes('--report')
  const settings = isReport ? long : short
  const frameworks: readonly Framework[] = isReport
    ? ['express', 'fastify', 'hono', 'node:http']
    : ['express', 'node:http']
  const results: Record<string, Record<string, readonly Row[]>> = {}
  for (const framework of frameworks) {
    const isWhole = framework === 'express' || framework === 'node:http'
    const groups: Record<string, readonly Row[]> = {}
    for (const { title, subjects } of groupsOf(framework, isWhole)) {
      const isPaced = title === 'everything on'
      const rows = await measure(subjects, { ...settingsOf(framework, settings), isPaced })
      groups[title] = rows
      console.log(`\n${framework}, ${title}: µs of user CPU for each request, best and median`)
      for (const row of rows) print(row, rows[0] as Row)
      judge(framework, rows)
    }
    results[framework] = groups
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

function judge(framework: Framework, rows: readonly Row[]): void {
  for (const { name, unit, best, median } of taxesOf(rows)) {
    budget(`${framework}, ${name}: the tax is at most ${atMost[framework]} × ${unit}`, {
      holds: median <= atMost[framework],
      measured: `median ${median.toFixed(2)}, best ${best.toFixed(2)}`,
    })
  }
  const [bare, ours] = [rows[0], rows.find(({ name }) => name.startsWith('clew: all, held'))]
  if (bare?.p99Ms === undefined || ours?.p99Ms === undefined) return
  const ratio = ours.p99Ms.median / bare.p99Ms.median
  budget(`${framework}, held back: p99 at 70 % of its load is at most 4/3 × the bare one`, {
    holds: ratio <= 4 / 3,
    measured: `${ratio.toFixed(2)} ×`,
  })
}
