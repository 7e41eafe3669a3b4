import * as metrics from '@clew/metrics'
import { afterEach, expect, test } from '@jest/globals'
import { type Running, running } from './capture.ts'

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
