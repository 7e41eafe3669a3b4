import { expect, jest, test } from '@jest/globals'
import { createRefusalDelay } from '../src/limits/refusal-delay.ts'
import type { NoPlace } from '../src/policy/place.ts'

const refusal: NoPlace = { reason: 'too_many_failures', retryAfter: 60 }

test('refusals of one client wait, up to a number, and others for themselves', async () => {
  jest.useFakeTimers()
  const { hold } = createRefusalDelay(100, 2)
  const held = [hold(refusal, 'a'), hold(refusal, 'a'), hold(refusal, 'b')]
  expect(held.map((each) => each instanceof Promise)).toEqual([true, true, true])
  // There is no more room for this one.
  expect(hold(refusal, 'a')).toBe(refusal)
  let isSent = false
  void Promise.all(held.map(async (each) => each)).then((sent) => {
    isSent = sent.every((each) => each === refusal)
  })
  await jest.advanceTimersByTimeAsync(99)
  expect(isSent).toBe(false)
  await jest.advanceTimersByTimeAsync(1)
  expect(isSent).toBe(true)
  // The room is free again.
  expect(hold(refusal, 'a')).toBeInstanceOf(Promise)
  jest.useRealTimers()
})

test('0: at once', () => {
  expect(createRefusalDelay(0, 2).hold(refusal, 'a')).toBe(refusal)
})
