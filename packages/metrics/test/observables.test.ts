import * as metrics from '@clew/metrics'
import { listen } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import { capture, type Running, running } from './capture.ts'

let run: Running | undefined

afterEach(async () => {
  await run?.meters.shutdown()
  run = undefined
})

test('a value, several, or a promise of one; nothing when there is none', async () => {
  const all = [
    metrics.observableGauge('o.gauge', () => 1),
    metrics.observableCounter('o.counter', async () => 5),
    metrics.observableUpDownCounter('o.updown', (observe) => {
      observe(1, { queue: 'a' })
      observe(-2, { queue: 'b' })
      observe(Number.NaN, { queue: 'c' })
    }),
    metrics.observableGauge('o.nothing', () => undefined),
  ]
  run = await running()
  await run.meters.flush()
  expect(run.to.last('o.gauge')).toEqual([[{}, 1]])
  expect(run.to.last('o.counter')).toEqual([[{}, 5]])
  expect(run.to.last('o.updown')).toEqual([
    [{ queue: 'a' }, 1],
    [{ queue: 'b' }, -2],
  ])
  expect(run.to.last('o.nothing')).toEqual([])
  for (const each of all) each.remove()
})

test('an observable that throws costs no other metric, and is reported once', async () => {
  const broken = metrics.observableGauge('o.broken', () => {
    throw new Error('database is gone')
  })
  const fine = metrics.observableGauge('o.fine', () => 1)
  run = await running()
  await run.meters.flush()
  await run.meters.flush()
  expect(run.to.last('o.fine')).toEqual([[{}, 1]])
  expect(run.reports).toEqual([
    {
      type: 'metrics.callback_failed',
      level: 'warn',
      message: 'an observable failed: database is gone',
      fields: { reason: 'database is gone' },
    },
  ])
  broken.remove()
  fine.remove()
})

test('it follows from one configure to the next', async () => {
  const observed = metrics.observableGauge('o.again', () => 9)
  for (const _ of [1, 2]) {
    run = await running()
    await run.meters.flush()
    expect(run.to.last('o.again')).toEqual([[{}, 9]])
    await run.meters.shutdown()
  }
  observed.remove()
})

const create = {
  observableGauge: metrics.observableGauge,
  observableCounter: metrics.observableCounter,
  observableUpDownCounter: metrics.observableUpDownCounter,
}

describe('a series that is no longer reported', () => {
  test.each([
    ['observableGauge', 1],
    ['observableCounter', 1],
    ['observableUpDownCounter', 1],
    ['observableGauge', 0],
  ] as const)(
    '%s (temporality %i): it is gone, in the export and in Prometheus',
    async (kind, temporality) => {
      let queues: Record<string, number> = { a: 1, b: 2 }
      const name = `o.gone.${kind.toLowerCase()}`
      const observed = create[kind](name, (observe) => {
        for (const queue in queues) observe(queues[queue] as number, { queue })
      })
      const to = { ...capture(), selectAggregationTemporality: () => temporality }
      run = { ...(await running({ exporter: to, prometheus: true })), to }
      await run.meters.flush()
      expect(to.last(name)).toHaveLength(2)
      expect(await scraped()).toContain('queue="b"')
      queues = { a: 3 }
      await run.meters.flush()
      expect(to.last(name)).toEqual([[{ queue: 'a' }, 3]])
      expect(await scraped()).not.toContain('queue="b"')
      queues = {}
      await run.meters.flush()
      expect(to.last(name)).toEqual([])
      observed.remove()
    },
  )

  test('does not count against the limit: queues that come and go never overflow', async () => {
    let round = 0
    const observed = metrics.observableGauge('o.churn', (observe) => {
      for (let at = 0; at < 5; at++) observe(1, { queue: `${round}-${at}` })
    })
    run = await running({ cardinalityLimit: 10 })
    for (; round < 20; round++) {
      await run.meters.flush()
      expect(run.to.last('o.churn')).toHaveLength(5)
    }
    expect(run.reports).toEqual([])
    observed.remove()
  })

  test('more series than the limit are one overflow series', async () => {
    const observed = metrics.observableCounter('o.many', (observe) => {
      for (let at = 0; at < 10; at++) observe(1, { at })
    })
    run = await running({ cardinalityLimit: 4 })
    await run.meters.flush()
    expect(run.to.last('o.many')).toEqual([
      [{ at: 0 }, 1],
      [{ at: 1 }, 1],
      [{ at: 2 }, 1],
      [{ 'otel.metric.overflow': true }, 7],
    ])
    expect(run.reports).toMatchObject([{ type: 'metrics.overflow' }])
    observed.remove()
  })
})

test('delta: what was added since the last collection; a reset and a pause are no jump', async () => {
  const totals = [10, 15, undefined, 22, 4]
  let at = 0
  const counted = metrics.observableCounter('o.delta', () => totals[at])
  const balance = metrics.observableUpDownCounter('o.balance', () => totals[at])
  const to = { ...capture(), selectAggregationTemporality: () => 0 }
  run = { ...(await running({ exporter: to })), to }
  const seen: unknown[] = []
  for (; at < totals.length; at++) {
    await run.meters.flush()
    seen.push([to.last('o.delta')[0]?.[1], to.last('o.balance')[0]?.[1]])
  }
  expect(seen.slice(0, 2)).toEqual([
    [10, 10],
    [5, 5],
  ])
  expect(seen.slice(3)).toEqual([
    [7, 7],
    [4, -18],
  ])
  counted.remove()
  balance.remove()
})

test('views: another name, and what becomes one series is added up', async () => {
  const observed = metrics.observableUpDownCounter('o.viewed', (observe) => {
    observe(1, { queue: 'a', id: 1 })
    observe(2, { queue: 'a', id: 2 })
  })
  run = await running({
    views: [
      { instrument: 'o.viewed', name: 'o.renamed', dropAttributes: ['id'] },
      { instrument: 'o.v*', boundaries: [1] },
    ],
  })
  await run.meters.flush()
  expect(run.to.last('o.renamed')).toEqual([[{ queue: 'a' }, 3]])
  expect(run.to.last('o.viewed')).toEqual([])
  observed.remove()
})

test('two modules may observe one instrument; a removed one is gone', async () => {
  const first = metrics.observableGauge('o.shared', (observe) => observe(1, { from: 'a' }))
  const second = metrics.observableGauge('o.shared', (observe) => observe(2, { from: 'b' }))
  run = await running()
  await run.meters.flush()
  expect(run.to.last('o.shared')).toHaveLength(2)
  first.remove()
  await run.meters.flush()
  expect(run.to.last('o.shared')).toEqual([[{ from: 'b' }, 2]])
  second.remove()
  metrics.counter('o.orders').add(1)
  await run.meters.flush()
  expect(run.to.last('o.shared')).toEqual([])
})

test('a callback that hangs costs its own values: the others are exported, also by the shutdown', async () => {
  let calls = 0
  const hanging = metrics.observableGauge('o.hangs', () => {
    calls++
    return new Promise<number>(() => {})
  })
  const fine = metrics.observableGauge('o.works', () => 1)
  const counter = metrics.counter('o.orders')
  run = await running({ callbackTimeoutMs: 20, prometheus: true })
  counter.add(1)
  expect(await scraped()).toContain('o_works')
  await run.meters.flush()
  counter.add(1)
  await run.meters.shutdown()
  expect(run.to.last('o.works')).toEqual([[{}, 1]])
  expect(run.to.last('o.orders')).toEqual([[{}, 2]])
  expect(calls).toBe(1)
  expect(run.reports).toEqual([
    expect.objectContaining({
      type: 'metrics.callback_failed',
      message: 'an observable failed: o.hangs has not answered in 20 ms',
    }),
  ])
  hanging.remove()
  fine.remove()
})

test('by default it leaves half of the time of the shutdown', async () => {
  const hanging = metrics.observableGauge('o.stuck', () => new Promise<number>(() => {}))
  run = await running({ shutdownTimeoutMs: 100 })
  metrics.counter('o.last').add(1)
  await run.meters.shutdown()
  expect(run.to.last('o.last')).toEqual([[{}, 1]])
  expect(run.reports.map(({ type }) => type)).toEqual(['metrics.callback_failed'])
  hanging.remove()
})

async function scraped(): Promise<string> {
  const server = await listen(run?.meters.handler as never)
  try {
    return await (await fetch(server.url)).text()
  } finally {
    await server.close()
  }
}
