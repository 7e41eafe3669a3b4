import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { createDependency } from '../src/checker/dependency.ts'

const failure = { message: 'gone', code: undefined }

test('up from the beginning is no change', () => {
  expect(createDependency(1, 1).add(undefined, 5)).toBeUndefined()
})

test('down from the beginning is one, after no time, whatever failAfter says', () => {
  expect(createDependency(3, 1).add(failure, 5)).toEqual({ up: false, lastedMs: 0 })
})

test('a change says how long the state before lasted', () => {
  const one = createDependency(1, 1)
  one.add(undefined, 1_000)
  expect(one.add(failure, 4_000)).toEqual({ up: false, lastedMs: 3_000 })
  expect(one.add(undefined, 4_500)).toEqual({ up: true, lastedMs: 500 })
})

test('a clock that is set back gives no negative time', () => {
  const one = createDependency(1, 1)
  one.add(failure, 4_000)
  expect(one.add(undefined, 1_000)).toEqual({ up: true, lastedMs: 0 })
})

test('the state follows the last pings, and changes are told exactly when it changes', () => {
  const threshold = fc.integer({ min: 1, max: 4 })
  fc.assert(
    fc.property(threshold, threshold, fc.array(fc.boolean()), (failAfter, recoverAfter, pings) => {
      const one = createDependency(failAfter, recoverAfter)
      let up: boolean | undefined
      pings.forEach((passed, index) => {
        const before = up
        const run = pings.slice(0, index + 1)
        const last = (count: number, value: boolean) =>
          run.length >= count && run.slice(-count).every((ping) => ping === value)
        if (before === undefined) up = passed
        else if (before && last(failAfter, false)) up = false
        else if (!before && last(recoverAfter, true)) up = true

        const change = one.add(passed ? undefined : failure, index)
        expect(one.up).toBe(up)
        expect(change?.up).toBe(before === up || (before === undefined && up) ? undefined : up)
        expect(one.failures).toBe(run.length - 1 - run.lastIndexOf(true))
        expect(one.failure === undefined).toBe(up === true && passed)
      })
    }),
  )
})
