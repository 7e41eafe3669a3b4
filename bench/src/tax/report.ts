import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { chartOf } from './chart.ts'
import type { Row, Settings } from './measurement.ts'
import { type Tax, taxesOf } from './ratios.ts'
import { require } from './usual.ts'

/** One run, as it is kept. */
export interface Report {
  readonly node: string
  readonly machine: string
  readonly date: string
  readonly command: string
  readonly versions: Readonly<Record<string, string>>
  readonly settings: Settings
  /** The rows of each group, by its title, for each framework. */
  readonly results: Readonly<Record<string, Readonly<Record<string, readonly Row[]>>>>
}

const folder = resolve(import.meta.dirname, '../../reports/tax')
const compared = [
  'express',
  'fastify',
  'hono',
  'pino',
  'pino-http',
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/instrumentation-express',
  '@opentelemetry/sdk-trace-node',
  '@opentelemetry/sdk-metrics',
  '@fastify/otel',
  '@fastify/jwt',
  '@hono/otel',
  'express-oauth2-jwt-bearer',
]

/** Keeps the numbers of this version of Node, and writes the page over those of all versions. */
export function writeReport(run: Pick<Report, 'settings' | 'results'>): void {
  const major = process.versions.node.split('.')[0]
  const report: Report = {
    node: process.version,
    machine: `${cpus().length} × ${cpus()[0]?.model}`,
    date: new Date().toISOString().slice(0, 10),
    command: 'pnpm bench tax --report',
    versions: Object.fromEntries(compared.map((name) => [name, versionOf(name)])),
    ...run,
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `node-${major}.json`), `${JSON.stringify(report, null, 2)}\n`)
  writePage()
}

function writePage(): void {
  const reports = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Report)
  const parts = reports.flatMap((report) => [
    `## Node ${report.node.slice(1)}`,
    `${report.machine}, ${report.date}, \`${report.command}\`: ${report.settings.rounds} rounds over ${report.settings.connections} connections, of ${report.settings.requests} requests to Express and of ${4 * report.settings.requests} to the others.`,
    ...Object.entries(report.results).flatMap(([framework, groups]) => [
      `### ${framework}`,
      ...Object.entries(groups).flatMap(([title, rows]) => partOf(report, framework, title, rows)),
    ]),
  ])
  const versions = Object.entries(reports[0]?.versions ?? {}).map(([name, v]) => `${name} ${v}`)
  writeFileSync(
    join(folder, 'README.md'),
    `${['# The production tax', introduction, `Beside: ${versions.join(', ')}.`, ...parts].join('\n\n')}\n`,
  )
}

function partOf({ node }: Report, framework: string, title: string, rows: readonly Row[]) {
  const version = node.slice(1)
  const image = `${[framework, title, version.split('.')[0]].join('-').replace(/\W+/g, '-')}.svg`
  writeFileSync(join(folder, image), chartOf(`${framework}, ${title}, Node ${version}`, rows))
  return [
    `#### ${title}`,
    `![${framework}, ${title}](${image})`,
    tableOf(rows),
    ...taxesOf(rows).map(sentenceOf),
  ]
}

const sentenceOf = ({ name, unit, best, median }: Tax) =>
  `*${name}* costs **${median.toFixed(2)} ×** ${unit} (medians; best rounds ${best.toFixed(2)}).`

const introduction = `What a request costs with everything on: a request line and one line of the handler, a server span,
request metrics, and a JWT (HS256) with a scope. *bare* is the framework with one route that answers
JSON; *usual* are the packages that most people take for the same work. User CPU of the service's
process; the load comes from another process; all services of a framework take turns in each round. 1 %
of the traces is sampled, if nothing else is said. Generated; the numbers are those of the machine
named, so look at the ratios.`

function tableOf(rows: readonly Row[]): string {
  const bare = rows[0] as Row
  const lines = rows.map(({ name, userMicros, garbageBytes, collectionMicros, p99Ms }) => {
    const cells = [
      name,
      userMicros.best.toFixed(1),
      userMicros.median.toFixed(1),
      name === 'bare' ? '' : (userMicros.best - bare.userMicros.best).toFixed(1),
      (garbageBytes.median / 1024).toFixed(1),
      collectionMicros.median.toFixed(1),
      p99Ms?.median.toFixed(2) ?? '',
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    '| | µs, best | µs, median | added, best | KiB of garbage | µs of collection | p99 at 70 %, ms |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n')
}

function versionOf(name: string): string {
  const start = require.resolve(name)
  const at = start.lastIndexOf(join('node_modules', name)) + join('node_modules', name).length
  const manifest = JSON.parse(readFileSync(join(start.slice(0, at), 'package.json'), 'utf8'))
  return (manifest as { version: string }).version
}
