import * as metrics from '@clew/metrics'
import { afterEach, expect, test } from '@jest/globals'
import { capture, type Running, running } from './capture.ts'

let run: Running | undefined

afterEach(async () => {
  await run?.meters.shutdown()
  run = undefined
})

test('a label that never repeats: the series stay bounded, nothing is lost, and it is reported once', async () => {
  const counter = metrics.counter('ids')
  run = await running({ cardinalityLimit: 10 })
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 9; i++) counter.add(1, { id: `${round}-${i}` })
    await run.meters.flush()
  }
  const found = run.to.last('ids') as [{ id?: string }, number][]
  expect(found).toHaveLength(10)
  expect(found.reduce((sum, [, value]) => sum + value, 0)).toBe(180)
  expect(found.find(([attributes]) => 'otel.metric.overflow' in attributes)?.[1]).toBeGreaterThan(
    150,
  )
  expect(run.reports).toEqual([
    {
      type: 'metrics.overflow',
      level: 'warn',
      message:
        'ids has reached 10 different sets of attributes; new ones are counted together under otel.metric.overflow="true"',
      fields: { metric: 'ids', limit: 10 },
    },
  ])
})

test('series from before the limit stay separate, whatever the order of their labels', async () => {
  const counter = metrics.counter('kept')
  run = await running({ cardinalityLimit: 3 })
  counter.add(1, { a: 1, b: 2 })
  await run.meters.flush()
  for (const id of [1, 2, 3, 4]) counter.add(1, { id })
  await run.meters.flush()
  counter.add(10, { b: 2, a: 1 })
  counter.add(1, { id: 99 })
  await run.meters.flush()
  const found = run.to.last('kept')
  expect(found).toContainEqual([{ a: 1, b: 2 }, 11])
  expect(found).toContainEqual([{ 'otel.metric.overflow': true }, 4])
  expect(found).toHaveLength(3)
})

test('delta: each interval has separate series again, up to the limit', async () => {
  const counter = metrics.counter('ids.delta')
  const to = { ...capture(), selectAggregationTemporality: () => 0 }
  run = { ...(await running({ cardinalityLimit: 4, exporter: to })), to }
  for (const round of ['a', 'b']) {
    for (let i = 0; i < 6; i++) counter.add(1, { id: `${round}${i}` })
    await run.meters.flush()
    expect(run.to.last('ids.delta')).toEqual([
      [{ id: `${round}0` }, 1],
      [{ id: `${round}1` }, 1],
      [{ id: `${round}2` }, 1],
      [{ 'otel.metric.overflow': true }, 3],
    ])
  }
})
