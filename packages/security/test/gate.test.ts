import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createGate } from '../src/limits/gate.ts'
import { isPlace, type NoPlace, type Place } from '../src/policy/place.ts'

const here = () => false
const options = { max: 5, windowMs: 60_000, maxEntries: 100, maxWaiting: 100, onEvicted() {} }
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** 40 checks at once, each of which ends when all others had a chance to start. */
async function tryAll(gate: ReturnType<typeof createGate>, failed: boolean) {
  const all = Array.from({ length: 40 }, async () => {
    const place = await gate.enter('a', here)
    if (!isPlace(place)) return place.reason
    await turn()
    place.settle(failed)
    return 'tried'
  })
  return Promise.all(all)
}

describe('40 checks at once, of which 5 may fail', () => {
  test('5 guesses get through, and the others wait for how they end', async () => {
    const results = await tryAll(createGate(options), true)
    expect(results.filter((each) => each === 'tried')).toHaveLength(5)
    expect(results.filter((each) => each === 'too_many_failures')).toHaveLength(35)
  })

  test('40 honest ones get through', async () => {
    const results = await tryAll(createGate(options), false)
    expect(results).toEqual(Array(40).fill('tried'))
  })

  test('beyond maxWaiting there is no place', async () => {
    const results = await tryAll(createGate({ ...options, maxWaiting: 10 }), false)
    expect(results.filter((each) => each === 'tried')).toHaveLength(15)
    expect(results.filter((each) => each === 'too_many_checks')).toHaveLength(25)
  })
})

test('who has left gets no place, and takes no room to wait', async () => {
  const gate = createGate({ ...options, max: 1, maxWaiting: 2 })
  const first = (await gate.enter('a', here)) as Place
  const gone = [1, 2].map(async () => gate.enter('a', () => true))
  const next = gate.enter('a', here)
  expect((await Promise.all(gone)) as NoPlace[]).toMatchObject([
    { reason: 'client_gone' },
    { reason: 'client_gone' },
  ])
  first.settle(false)
  expect(isPlace(await next)).toBe(true)
})

test('a place is given back once', async () => {
  const gate = createGate({ ...options, max: 2 })
  const place = (await gate.enter('a', here)) as Place
  place.settle(true)
  place.settle(true)
  expect(gate.failures.count('a')).toBe(1)
})

test('against a model: failures never exceed max, and nobody waits for ever', async () => {
  const check = fc.record({ key: fc.constantFrom('a', 'b'), failed: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(
      fc.array(check, { maxLength: 40 }),
      fc.integer({ min: 1, max: 6 }),
      fc.scheduler(),
      async (checks, max, scheduler) => {
        const gate = createGate({ ...options, max })
        const failures = new Map<string, number>()
        const all = checks.map(async ({ key, failed }) => {
          const place = await gate.enter(key, here)
          if (!isPlace(place)) {
            expect(failures.get(key)).toBe(max)
            return
          }
          await scheduler.schedule(Promise.resolve())
          if (failed) failures.set(key, (failures.get(key) ?? 0) + 1)
          place.settle(failed)
        })
        await scheduler.waitFor(Promise.all(all))
        for (const count of failures.values()) expect(count).toBeLessThanOrEqual(max)
      },
    ),
  )
})
