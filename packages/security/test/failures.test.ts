import { beforeEach, describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { createFailures } from '../src/limits/failures.ts'
import { type FailureLimitOptions, failuresOption } from '../src/limits/options.ts'
import { optionCheck } from '../src/options.ts'

const onEvicted = jest.fn<() => void>()
beforeEach(() => {
  onEvicted.mockClear()
})

test('failures count until the window that started with the first one ends', () => {
  let nowMs = 0
  const failures = createFailures({ windowMs: 60_000, maxEntries: 10, onEvicted }, () => nowMs)
  expect([failures.count('a'), failures.endsIn('a')]).toEqual([0, 0])
  failures.fail('a')
  nowMs = 30_000
  failures.fail('a')
  expect([failures.count('a'), failures.endsIn('a')]).toEqual([2, 30])
  expect(failures.count('b')).toBe(0)
  nowMs = 59_999
  expect([failures.count('a'), failures.endsIn('a')]).toEqual([2, 1])
  nowMs = 60_000
  expect([failures.count('a'), failures.size]).toEqual([0, 0])
})

test('taking counts in one step, up to the limit, and tells what there was', () => {
  let nowMs = 0
  const counts = createFailures({ windowMs: 60_000, maxEntries: 1, onEvicted }, () => nowMs)
  expect(counts.take('a', 2)).toEqual({ count: 0, leftMs: 60_000 })
  nowMs = 10_000
  expect(counts.take('a', 2)).toEqual({ count: 1, leftMs: 50_000 })
  expect(counts.take('a', 2)).toEqual({ count: 2, leftMs: 50_000 })
  expect(counts.count('a')).toBe(2)
  // What gave its room away is remembered, and its limit holds.
  expect(counts.take('b', 2)).toEqual({ count: 0, leftMs: 60_000 })
  expect(onEvicted).toHaveBeenCalledTimes(1)
  expect(counts.take('a', 2).count).toBe(2)
  nowMs = 200_000
  expect(counts.take('a', 2).count).toBe(0)
})

test('what another counter knows is taken over, and never less than what is known here', () => {
  let nowMs = 0
  const failures = createFailures({ windowMs: 60_000, maxEntries: 10, onEvicted }, () => nowMs)
  failures.learn('a', 5, 20_000)
  expect([failures.count('a'), failures.endsIn('a')]).toEqual([5, 20])
  failures.learn('a', 3, 20_000)
  expect(failures.count('a')).toBe(5)
  nowMs = 20_000
  expect(failures.count('a')).toBe(0)
})

describe('without room', () => {
  const limit = { max: 5, windowMs: 60_000 }

  test('20,000 addresses take the room of the limit', () => {
    const failures = createFailures({ ...limit, maxEntries: 100, onEvicted })
    for (let index = 0; index < 20_000; index++) failures.fail(String(index))
    expect([failures.size, onEvicted.mock.calls.length]).toEqual([100, 19_900])
  })

  test('failures of many other keys do not erase a key under attack', () => {
    const failures = createFailures({ ...limit, maxEntries: 10_000, onEvicted })
    for (let count = 0; count < 4; count++) failures.fail('ada')
    for (let index = 0; index < 50_000; index++) failures.fail(`2001:db8:0:${index}::/64`)
    expect(failures.count('ada')).toBe(4)
  })

  test('who alternates between more keys than there is room for gains nothing', () => {
    const failures = createFailures({ ...limit, maxEntries: 10, onEvicted })
    let tried = 0
    for (let round = 0; round < 100; round++) {
      for (let index = 0; index < 20; index++) {
        const key = String(index)
        if (failures.count(key) >= limit.max) continue
        tried++
        failures.fail(key)
      }
    }
    expect(tried).toBeLessThanOrEqual(20 * limit.max)
  })

  test('a new key starts from nothing, also among many that are blocked', () => {
    const failures = createFailures({ ...limit, maxEntries: 100, onEvicted })
    for (let index = 0; index < 200; index++) {
      for (let count = 0; count < limit.max; count++) failures.fail(String(index))
    }
    const known = Array.from({ length: 200 }, (_, index) => failures.count(String(index)))
    expect(known).toEqual(Array(200).fill(limit.max))
    // By chance, one or the other shares all four of its cells.
    const fresh = Array.from({ length: 200 }, (_, index) => failures.count(`new ${index}`))
    expect(fresh.filter((count) => count > 0).length).toBeLessThan(40)
  })

  test('what is remembered of a forgotten key ends after two windows at most', () => {
    let nowMs = 0
    const failures = createFailures({ ...limit, maxEntries: 1, onEvicted }, () => nowMs)
    for (let count = 0; count < 5; count++) failures.fail('a')
    failures.fail('b')
    expect([failures.count('a'), failures.endsIn('a')]).toEqual([5, 60])
    nowMs = 59_000
    expect(failures.count('a')).toBe(5)
    nowMs = 120_000
    expect([failures.count('a'), failures.endsIn('a')]).toEqual([0, 0])
  })

  test('a window that has ended gives its room away first', () => {
    let nowMs = 0
    const failures = createFailures({ ...limit, maxEntries: 2, onEvicted }, () => nowMs)
    for (let count = 0; count < 4; count++) failures.fail('old')
    nowMs = 50_000
    failures.fail('young')
    nowMs = 60_000
    failures.fail('new')
    expect(['young', 'new', 'old'].map(failures.count)).toEqual([1, 1, 0])
    expect(onEvicted).not.toHaveBeenCalled()
  })
})

test('against a model with room for all: the counts are right; without: never too low', () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    waitMs: fc.integer({ min: 0, max: 2_000 }),
  })
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 80 }),
      fc.integer({ min: 1, max: 5 }),
      (steps, room) => {
        let nowMs = 0
        const failures = createFailures(
          { windowMs: 3_000, maxEntries: room, onEvicted },
          () => nowMs,
        )
        const model = new Map<string, { count: number; endMs: number }>()
        for (const { key, waitMs } of steps) {
          nowMs += waitMs
          const known = model.get(key)
          const open = known && known.endMs > nowMs ? known : undefined
          if (room >= 4) {
            expect(failures.count(key)).toBe(open?.count ?? 0)
            expect(failures.endsIn(key)).toBe(open ? Math.ceil((open.endMs - nowMs) / 1000) : 0)
          }
          failures.fail(key)
          if (open) open.count++
          else model.set(key, { count: 1, endMs: nowMs + 3_000 })
          expect(failures.count(key)).toBeGreaterThan(0)
          expect(failures.size).toBeLessThanOrEqual(room)
        }
      },
    ),
  )
})

const read = (options: FailureLimitOptions) =>
  failuresOption(optionCheck('security.create'), options)

test.each([
  [{ max: 0 }, 'security.create: failures.max must be an integer from 1 to 1000000; received 0'],
  [
    { maxPerUser: 0 },
    'security.create: failures.maxPerUser must be an integer from 1 to 1000000; received 0',
  ],
  [
    { windowMs: 1.5 },
    'security.create: failures.windowMs must be an integer from 1000 to 86400000; received 1.5',
  ],
  [
    { slowMs: -1 },
    'security.create: failures.slowMs must be an integer from 0 to 10000; received -1',
  ],
  [
    { delayMs: -1 },
    'security.create: failures.delayMs must be an integer from 0 to 10000; received -1',
  ],
  [
    { maxEntries: '9' as never },
    'security.create: failures.maxEntries must be an integer from 1 to 10000000; received "9"',
  ],
  [
    { maxWaiting: 10_001 },
    'security.create: failures.maxWaiting must be an integer from 0 to 10000; received 10001',
  ],
  [
    { storeTimeoutMs: 0 },
    'security.create: failures.storeTimeoutMs must be an integer from 1 to 10000; received 0',
  ],
  [
    { store: { reserve() {} } as never },
    'security.create: failures.store must be an object with the methods reserve and settle; received an object',
  ],
])('%j is refused', (options, message) => {
  expect(() => read(options)).toThrow(message)
})
