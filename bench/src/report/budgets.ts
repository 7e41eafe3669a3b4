import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'

/** What was promised, and what came out. */
export interface Budget {
  readonly claim: string
  readonly holds: boolean
  readonly measured: string
}

/** What one run on one version of Node came to, by benchmark. */
interface Report {
  readonly node: string
  readonly machine: string
  readonly date: string
  readonly budgets: Readonly<Record<string, readonly Budget[]>>
}

const folder = resolve(import.meta.dirname, '../../reports/budgets')
let current: Budget[] = []

/** Prints whether a budget holds, and keeps it for the report. */
export function budget(claim: string, outcome: Omit<Budget, 'claim'>): void {
  const { holds, measured } = outcome
  current.push({ claim, holds, measured })
  console.log(`  ${holds ? 'holds ' : 'BROKEN'}  ${claim}: ${measured}`)
}

/** The budgets printed since the call before. */
export function takeBudgets(): readonly Budget[] {
  const taken = current
  current = []
  return taken
}

/**
 * Keeps the budgets of this version of Node, beside those of benchmarks that did not run this time,
 * and writes the page over those of all versions.
 */
export function writeBudgets(budgets: Report['budgets']): void {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `node-${process.versions.node.split('.')[0]}.json`)
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined
  const report: Report = {
    node: process.version,
    machine: `${cpus().length} × ${cpus()[0]?.model}`,
    date: new Date().toISOString().slice(0, 10),
    budgets: { ...before?.budgets, ...budgets },
  }
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  const reports = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Report)
  writeFileSync(join(folder, 'README.md'), pageOf(reports))
}

function pageOf(reports: readonly Report[]): string {
  const names = new Set(reports.flatMap((report) => Object.keys(report.budgets)))
  const rows = [...names].flatMap((name) => {
    const claims = new Set(
      reports.flatMap((report) => report.budgets[name]?.map(({ claim }) => claim) ?? []),
    )
    return [...claims].map((claim) => {
      const cells = reports.map((report) => {
        const found = report.budgets[name]?.find((each) => each.claim === claim)
        return found === undefined ? '' : `${found.measured}${found.holds ? '' : ' (**broken**)'}`
      })
      return `| ${[name, claim, ...cells].join(' | ')} |`
    })
  })
  const nodes = reports.map(({ node }) => `Node ${node.slice(1)}`)
  const machines = new Set(reports.map(({ date, machine }) => `${machine}, ${date}`))
  return `# Budgets

What is promised about speed, and what \`pnpm bench --report\` measured: ${[...machines].join('; ')}.
Ratios are to a peer that ran beside it in the same run. Generated.

| \`pnpm bench\` | budget | ${nodes.join(' | ')} |
| --- | --- |${nodes.map(() => ' --- |').join('')}
${rows.join('\n')}
`
}
