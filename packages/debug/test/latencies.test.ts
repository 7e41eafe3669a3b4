import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Latencies } from '../src/watch/latencies.ts'
import { maxRoutes, slowPerSecond, Traffic } from '../src/watch/traffic.ts'

const durations = fc.double({ min: 0.02, max: 1e6, noNaN: true })

test('quantiles are within 5 % of the exact ones', () => {
  fc.assert(
    fc.property(
      fc.array(durations, { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.9, 0.99, 1),
      (values, share) => {
        const latencies = new Latencies()
        for (const value of values) latencies.add(value)
        const sorted = values.toSorted((a, b) => a - b)
        const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0
        expect(Math.abs((latencies.quantile(share) ?? 0) / exact - 1)).toBeLessThan(0.05)
      },
    ),
  )
})

test('none are null; two halves are as one', () => {
  const [a, b, both] = [new Latencies(), new Latencies(), new Latencies()]
  expect(a.quantile(0.5)).toBeNull()
  for (const value of [1, 5, 9, 200]) {
    ;(value > 6 ? a : b).add(value)
    both.add(value)
  }
  a.addAll(b)
  expect([a.count, a.maxMs, a.quantile(0.5)]).toEqual([4, 200, both.quantile(0.5)])
})

test('each route is counted, of too many the rest together', () => {
  const traffic = new Traffic()
  for (let i = 0; i < maxRoutes + 50; i++) {
    traffic.add({ method: 'GET', route: `/r${i}`, failed: i === 0, durationMs: 5 })
  }
  traffic.add({ method: 'GET', route: '/r0', failed: false, durationMs: 7 })
  expect(traffic.tick()).toMatchObject({ requests: maxRoutes + 51, errors: 1 })
  expect(traffic.tick()).toEqual({ requests: 0, errors: 0, p50Ms: null, p99Ms: null })
  const routes = traffic.list()
  expect(routes).toHaveLength(maxRoutes + 1)
  expect(routes[0]).toMatchObject({ method: 'other', total: 50 })
  expect(routes[1]).toMatchObject({ route: '/r0', total: 2, errors: 1, perSecond: 1, maxMs: 7 })
})

test('the first of a route in a second tells more than others, and so do those that are slow', () => {
  const traffic = new Traffic()
  const add = (route: string, durationMs: number) =>
    traffic.add({ method: 'GET', route, failed: false, durationMs })
  expect([add('/a', 5), add('/a', 500), add('/b', 5), add('/b', 5)]).toEqual([
    true,
    false,
    true,
    false,
  ])
  for (let i = 0; i < slowPerSecond; i++) add('/a', 300)
  for (let i = 0; i < 10 * slowPerSecond; i++) add('/a', 5)
  traffic.tick()
  // One took 500 ms and fifty took 300: more than fifty as slow as that.
  expect([add('/a', 5), add('/a', 5), add('/a', 300), add('/a', 500)]).toEqual([
    true,
    false,
    false,
    true,
  ])
  traffic.tick()
  // A few requests do not change what is slow.
  add('/a', 5)
  traffic.tick()
  expect([add('/a', 5), add('/a', 300), add('/a', 500)]).toEqual([true, false, true])
})

test('after a minute without requests a route has none in the last minute, and its total stays', () => {
  const traffic = new Traffic()
  traffic.add({ method: 'GET', route: '/', failed: true, durationMs: 5 })
  for (let i = 0; i < 61; i++) traffic.tick()
  expect(traffic.list()).toEqual([
    {
      method: 'GET',
      route: '/',
      total: 1,
      errors: 1,
      recent: 0,
      recentErrors: 0,
      perSecond: 0,
      p50Ms: null,
      p99Ms: null,
      maxMs: 0,
    },
  ])
})
