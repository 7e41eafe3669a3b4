import { describe, expect, test } from '@jest/globals'
import { AdaptiveLimit } from '../src/overload/limit.ts'
import { nextShare } from '../src/overload/pressure.ts'
import { Shedder } from '../src/overload/shedder.ts'

/**
 * A service with so many workers: the requests beyond them wait. Clients keep `offered` requests in
 * progress, or what the limit allows.
 */
function run(limit: AdaptiveLimit, capacity: number, offered: number, seconds: number): void {
  const baseMs = 10
  let now = nowMs
  for (const end = now + seconds * 1_000; now < end; ) {
    const busy = Math.max(1, Math.min(offered, limit.current))
    const durationMs = baseMs * Math.max(1, busy / capacity)
    for (let count = 0; count < 20; count++) limit.sample(durationMs, busy, now)
    now += durationMs
  }
  nowMs = now
}

let nowMs = 0

describe('the adaptive limit', () => {
  for (const capacity of [20, 50, 200]) {
    test(`finds a service of ${capacity} workers`, () => {
      const limit = new AdaptiveLimit({ min: 5, max: 1_000 })
      run(limit, capacity, 5_000, 120)
      expect(limit.current).toBeGreaterThanOrEqual(capacity * 0.9)
      expect(limit.current).toBeLessThanOrEqual(capacity * 3)
    })
  }

  test('shrinks when the service gets slower, and grows back', () => {
    const limit = new AdaptiveLimit({ min: 5, max: 1_000 })
    run(limit, 200, 5_000, 60)
    const before = limit.current
    run(limit, 20, 5_000, 30)
    expect(limit.current).toBeLessThan(before / 2)
    run(limit, 200, 5_000, 60)
    expect(limit.current).toBeGreaterThan(before / 2)
  })

  test('does not change while it is not used, and keeps its bounds', () => {
    const limit = new AdaptiveLimit({ min: 10, max: 100 })
    const start = limit.current
    run(limit, 1_000, 2, 60)
    expect(limit.current).toBe(start)
    run(limit, 1_000, 5_000, 300)
    expect(limit.current).toBe(100)
    run(limit, 1, 5_000, 300)
    expect(limit.current).toBe(10)
  })
})

describe('the share that is shed', () => {
  test('grows with the excess, never to all, and falls to nothing', () => {
    expect(nextShare(0, 1)).toBe(0)
    expect(nextShare(0, 1.1)).toBeCloseTo(0.06)
    expect(nextShare(0, 100)).toBeCloseTo(0.25)
    let share = 0
    for (let sample = 0; sample < 100; sample++) share = nextShare(share, 3)
    expect(share).toBe(0.95)
    for (let sample = 0; sample < 30; sample++) share = nextShare(share, 0.5)
    expect(share).toBe(0)
  })
})

describe('the shedder', () => {
  const settings = {
    inFlight: 8,
    loopDelayMs: 0,
    utilization: 0,
    retryAfterMs: 1,
    priority: undefined,
  }
  const fill = (shedder: Shedder, count: number) => {
    for (let index = 0; index < count; index++) shedder.begin()
  }

  test('low priority may use three quarters, critical requests all and more', () => {
    const priority = (req: { url?: string | undefined }) => req.url as 'low'
    const shedder = new Shedder({ ...settings, priority }, () => {})
    const refused = () =>
      ['low', 'normal', 'critical'].filter((url) => shedder.refuses({ url } as never))
    fill(shedder, 5)
    expect(refused()).toEqual([])
    fill(shedder, 1)
    expect(refused()).toEqual(['low'])
    fill(shedder, 2)
    expect(refused()).toEqual(['low', 'normal'])
    fill(shedder, 100)
    expect(refused()).toEqual(['low', 'normal'])
    for (let index = 0; index < 103; index++) shedder.end(undefined)
    expect(refused()).toEqual([])
  })

  test('a priority that throws is normal, and is reported', () => {
    const errors: unknown[] = []
    const priority = () => {
      throw new Error('broken')
    }
    const shedder = new Shedder({ ...settings, priority }, (error) => errors.push(error))
    expect(shedder.refuses({} as never)).toBeUndefined()
    fill(shedder, 8)
    expect(shedder.refuses({} as never)).toBe('in_flight')
    expect(errors).toEqual([new Error('broken')])
  })

  test('a limit of one admits one', () => {
    const shedder = new Shedder({ ...settings, inFlight: 1 }, () => {})
    expect(shedder.refuses({} as never)).toBeUndefined()
    fill(shedder, 1)
    expect(shedder.refuses({} as never)).toBe('in_flight')
  })
})
