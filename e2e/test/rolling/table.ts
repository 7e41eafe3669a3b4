import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Contender, titles } from './contenders.ts'
import { models } from './load.ts'
import type { FrontName, Result } from './roll.ts'

const page = fileURLToPath(
  new URL('../../../packages/server/docs/rolling-restarts.md', import.meta.url),
)
const [start, end] = ['<!-- rolling: start -->', '<!-- rolling: end -->']

export interface Row {
  readonly contender: Contender
  readonly front: FrontName
  readonly result: Result
}

const fronts: Readonly<Record<FrontName, string>> = {
  direct: 'balancer of connections',
  nginx: 'nginx',
  haproxy: 'HAProxy',
}

/** Writes the measured rows into the page, in the place of the earlier ones. */
export function writeTable(rows: readonly Row[]): void {
  const text = readFileSync(page, 'utf8')
  const from = text.indexOf(start) + start.length
  const table = [
    '| in front | stopped by | restarts | requests | lost: new connections | kept, busy | kept, idle | cut |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(lineOf),
  ].join('\n')
  const measured = `Measured with Node ${process.versions.node.split('.')[0]}.`
  writeFileSync(
    page,
    `${text.slice(0, from)}\n\n${measured}\n\n${table}\n\n${text.slice(text.indexOf(end))}`,
  )
}

function lineOf({ contender, front, result }: Row): string {
  const { restarts, sent, lost, cut } = result
  const total = sent.A + sent.B + sent.C
  const cells = [
    fronts[front],
    titles[contender],
    String(restarts),
    total.toLocaleString('en'),
    ...models.map((model) => Object.values(lost[model]).reduce((sum, each) => sum + each, 0)),
    Number.isNaN(cut) ? 'not reported' : cut,
  ]
  return `| ${cells.join(' | ')} |`
}
