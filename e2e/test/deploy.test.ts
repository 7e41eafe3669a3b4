// The rules and the dashboard of examples/deploy, and what the packages really measure.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { beforeAll, expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const deploy = fileURLToPath(new URL('../../examples/deploy/', import.meta.url))
const rules = readFileSync(`${deploy}prometheus/clew.rules.yml`, 'utf8')
const dashboard = JSON.parse(readFileSync(`${deploy}grafana/clew.json`, 'utf8'))

const program = `
  import { createServer } from 'node:http'
  import { setTimeout as pause } from 'node:timers/promises'
  import * as health from '@clew/health'
  import * as metrics from '@clew/metrics'
  import * as security from '@clew/security'
  import * as trace from '@clew/trace'
  const service = { name: 'orders' }
  const tracing = await trace.configure({ service, exporter: { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} } })
  const meters = await metrics.configure({ service, prometheus: true, cardinalityLimit: 50 })
  const ids = metrics.counter('ids')
  for (let id = 0; id < 60; id++) ids.add(1, { id })
  const ready = health.checker([health.pinger('database', async () => {})]).handler('ready')
  const open = security.noSecurity('public')
  const guard = security.create({ default: open }).service('catalog').method('list', open)
  const [traced, measured] = [tracing.http(), meters.http()]
  const server = createServer((req, res) => {
    if (req.url === '/metrics') return meters.handler(req, res)
    traced(req, res, () => measured(req, res, () => {
      if (req.url === '/readyz') return ready(req, res)
      req.route = { path: '/orders/:id' }
      guard(req, res, () => {
        res.statusCode = req.url === '/500' ? 500 : 200
        res.end()
      })
    }))
  })
  server.listen(0, '127.0.0.1', async () => {
    const url = 'http://127.0.0.1:' + server.address().port
    for (const path of ['/', '/500', '/readyz']) await (await fetch(url + path)).text()
    let text
    do {
      gc()
      await pause(20)
      text = await (await fetch(url + '/metrics')).text()
    } while (!/v8js_gc_duration_seconds_sum/.test(text) || !/nodejs_eventloop_delay_p99/.test(text))
    console.log(text)
    process.exit()
  })`

const names = new Set<string>()
const labels = new Set(['job', 'instance', 'le', '__name__'])

beforeAll(async () => {
  const child = nodeEval(program, { cwd, execArgv: ['--expose-gc'] })
  expect((await child.exit).code).toBe(0)
  for (const line of child.stdout.split('\n')) {
    const [, name, list = ''] = /^([a-z]\w*)(?:\{(.*)\})? \S+$/.exec(line) ?? []
    if (name !== undefined) names.add(name)
    for (const [, label] of list.matchAll(/(\w+)="/g)) labels.add(label as string)
  }
})

/** The names of metrics and labels in an expression of PromQL. */
function used(expression: string) {
  const usedLabels: string[] = []
  const rest = expression
    .replace(/\{([^}]*)\}/g, (_all, inside: string) => {
      for (const [, label] of inside.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g))
        usedLabels.push(label as string)
      return ''
    })
    .replace(/\b(?:by|ignoring|on|without) \(([^)]*)\)/g, (_all, list: string) => {
      usedLabels.push(...list.split(',').map((label) => label.trim()))
      return ''
    })
  // Recorded by another rule: its name has a colon.
  const metrics = rest.match(/(?<![\w:$])[a-z]+(?:_[a-z0-9]+)+(?![\w:]|\()/g) ?? []
  return { metrics: metrics.filter((name) => name !== 'group_left'), labels: usedLabels }
}

test.each([
  [
    'the rules',
    [...rules.matchAll(/expr: (?:\|\n((?: {10,}.*\n)+)|(.*))/g)].map(
      ([, block, one]) => block ?? one ?? '',
    ),
  ],
  [
    'the dashboard',
    dashboard.panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) =>
      targets.map(({ expr }) => expr),
    ),
  ],
])('%s: every metric and every label exists', (_what, expressions: string[]) => {
  expect(expressions.length).toBeGreaterThan(15)
  const unknown = expressions.flatMap((expression) => {
    const { metrics, labels: usedLabels } = used(expression)
    return [
      ...metrics.filter((name) => !names.has(name)),
      ...usedLabels.filter((label) => !labels.has(label)),
    ]
  })
  expect(unknown).toEqual([])
  expect(expressions.flatMap((each) => used(each).metrics).length).toBeGreaterThan(15)
})

describeWith('promtool', 'promtool', () => {
  const run = (command: string, what: string, file: string) => {
    const { status, stdout, stderr } = spawnSync('promtool', [command, what, file], {
      cwd: `${deploy}prometheus`,
      encoding: 'utf8',
    })
    return { status, output: stdout + stderr }
  }
  test('check rules', () => {
    expect(run('check', 'rules', 'clew.rules.yml')).toMatchObject({ status: 0 })
  })
  test('test rules', () => {
    expect(run('test', 'rules', 'clew.rules.test.yml')).toMatchObject({ status: 0 })
  })
  test('the expressions of the dashboard', () => {
    const expressions = dashboard.panels.flatMap(
      ({ targets = [] }: { targets?: { expr: string }[] }) =>
        targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')),
    )
    const asRules = {
      groups: [
        {
          name: 'dashboard',
          rules: expressions.map((expr: string, at: number) => ({ record: `panel:${at}`, expr })),
        },
      ],
    }
    const folder = mkdtempSync(join(tmpdir(), 'clew-rules-'))
    const file = join(folder, 'dashboard.yml')
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(asRules))
    const checked = run('check', 'rules', file)
    rmSync(folder, { recursive: true })
    expect(checked).toMatchObject({
      status: 0,
      output: expect.stringContaining(`${expressions.length} rules found`),
    })
  })
})
