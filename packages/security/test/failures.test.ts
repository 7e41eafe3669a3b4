import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  createFailures,
  type FailureLimitOptions,
  type Failures,
  failuresOption,
} from '../src/limits/failures.ts'
import { optionCheck } from '../src/options.ts'

function failures(options: FailureLimitOptions, now?: () => number): Failures {
  const limits = failuresOption(optionCheck('security.create'), options)
  if (limits === undefined) throw new Error('no limits')
  return createFailures(limits, now)
}

test('blocked after so many failures, until the window that started with the first one ends', () => {
  let nowMs = 0
  const limit = failures({ max: 2, windowMs: 60_000 }, () => nowMs)
  expect(limit.blocked('a')).toBeUndefined()
  limit.fail('a')
  nowMs = 30_000
  limit.fail('a')
  expect(limit.blocked('a')).toBe(30)
  expect(limit.blocked('b')).toBeUndefined()
  nowMs = 59_999
  expect(limit.blocked('a')).toBe(1)
  nowMs = 60_000
  expect(limit.blocked('a')).toBeUndefined()
  limit.fail('a')
  expect(limit.blocked('a')).toBeUndefined()
})

test('row 84: a million addresses take the room of the limit', () => {
  const limit = failures({ maxEntries: 100 })
  for (let index = 0; index < 1_000_000; index++) limit.fail(String(index))
  expect([limit.size, limit.evicted]).toEqual([100, 999_900])
})

test('against a model: never blocked too early, never too late, never more than the room', () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    waitMs: fc.integer({ min: 0, max: 2_000 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, max) => {
      let nowMs = 0
      const limit = failures({ max, windowMs: 3_000, maxEntries: 3 }, () => nowMs)
      const model = new Map<string, { count: number; endMs: number }>()
      for (const { key, waitMs } of steps) {
        nowMs += waitMs
        const known = model.get(key)
        const open = known && known.endMs > nowMs ? known : undefined
        expect(limit.blocked(key)).toBe(
          open && open.count >= max ? Math.ceil((open.endMs - nowMs) / 1000) : undefined,
        )
        limit.fail(key)
        if (open) open.count++
        else model.set(key, { count: 1, endMs: nowMs + 3_000 })
        expect(limit.size).toBeLessThanOrEqual(3)
      }
    }),
  )
})

test.each([
  [{ max: 0 }, 'security.create: failures.max must be an integer from 1 to 1000000; received 0'],
  [
    { windowMs: 1.5 },
    'security.create: failures.windowMs must be an integer from 1000 to 86400000; received 1.5',
  ],
  [
    { maxEntries: '9' as never },
    'security.create: failures.maxEntries must be an integer from 1 to 10000000; received "9"',
  ],
])('%j is refused', (options, message) => {
  expect(() => failures(options)).toThrow(message)
})
