import * as metrics from '@clew/metrics'
import { type Listening, listen } from '@clew/testing'
import { afterEach, expect, test } from '@jest/globals'

let meters: metrics.Meters
let server: Listening

async function start() {
  meters = await metrics.configure({
    service: { name: 'x' },
    prometheus: { scopeLabels: false },
    runtime: false,
  })
  server = await listen(meters.handler)
}

afterEach(async () => {
  await server.close()
  await meters.shutdown()
})

test('scrapes at the same time share one collection', async () => {
  await start()
  let asked = 0
  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const observed = metrics.observableGauge('scrape.shared', async () => {
    asked++
    await gate
    return 1
  })
  let arrived = 0
  server.server.on('request', () => arrived++)
  const answers = [1, 2, 3].map(() => fetch(server.url).then((answer) => answer.text()))
  while (asked === 0 || arrived < 3) await new Promise(setImmediate)
  release()
  for (const text of await Promise.all(answers)) expect(text).toContain('scrape_shared 1\n')
  expect(asked).toBe(1)
  observed.remove()
})

test('an observable that never answers costs its own value, within the time that the scraper waits', async () => {
  await start()
  const reports: metrics.Report[] = []
  meters.subscribe((report) => reports.push(report))
  metrics.counter('scrape.fine').add(1)
  const stuck = metrics.observableGauge('scrape.stuck', () => new Promise<number>(() => {}))
  const answer = await fetch(server.url, {
    headers: { 'x-prometheus-scrape-timeout-seconds': '0.1' },
  })
  expect(answer.status).toBe(200)
  const text = await answer.text()
  expect(text).toContain('scrape_fine_total 1\n')
  expect(text).not.toContain('scrape_stuck')
  expect(reports.map(({ type }) => type)).toEqual(['metrics.callback_failed'])
  stuck.remove()
})

test('two metrics with one name in Prometheus: the first one is served, and it is reported once', async () => {
  await start()
  const reports: metrics.Report[] = []
  meters.subscribe((report) => reports.push(report))
  metrics.gauge('scrape.meet.total').record(1)
  metrics.counter('scrape.meet').add(1)
  for (let i = 0; i < 2; i++) await (await fetch(server.url)).text()
  expect(reports).toEqual([
    {
      type: 'metrics.name_clash',
      level: 'warn',
      message: 'scrape.meet is not served to Prometheus: scrape_meet_total is already a gauge',
      fields: { metric: 'scrape.meet' },
    },
  ])
})

test.each(['text/plain', 'application/openmetrics-text; version=1.0.0'])(
  'an exponential histogram, which %s cannot say, is left out and reported once',
  async (accept) => {
    meters = await metrics.configure({
      service: { name: 'x' },
      prometheus: true,
      runtime: false,
      views: [{ instrument: 'scrape.wide', boundaries: 'exponential' }],
    })
    server = await listen(meters.handler)
    const reports: metrics.Report[] = []
    meters.subscribe((report) => reports.push(report))
    metrics.histogram('scrape.wide').record(5)
    metrics.histogram('scrape.narrow').record(5)
    for (let count = 0; count < 2; count++) {
      const text = await (await fetch(server.url, { headers: { accept } })).text()
      expect(text).toContain('scrape_narrow_count')
      expect(text).not.toContain('scrape_wide')
    }
    expect(reports.map(({ type, fields }) => [type, fields])).toEqual([
      ['metrics.name_clash', { metric: 'scrape.wide' }],
    ])
  },
)
