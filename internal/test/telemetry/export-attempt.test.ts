import { attemptExport, isRefusal, retryPauseMs } from '@clew/internal/telemetry/export-attempt'
import { describe, expect, jest, test } from '@jest/globals'

type Start = Parameters<typeof attemptExport>[0]
const never = 2 ** 30

describe('an attempt', () => {
  test.each<[string, Start, object, boolean]>([
    ['that succeeds', (done) => done({ code: 0 }), { partial: undefined }, false],
    [
      'that is refused',
      (done) => done({ code: 1, error: Object.assign(new Error('no'), { code: 7 }) }),
      { fault: { kind: 'permanent' } },
      true,
    ],
    ['without a reason', (done) => done({ code: 1 }), { fault: { kind: 'transient' } }, false],
    [
      'that throws, since nothing was sent',
      () => {
        throw new Error('cannot be encoded')
      },
      { fault: { kind: 'divisible' } },
      false,
    ],
    [
      'that throws nothing',
      () => {
        throw undefined
      },
      { error: expect.any(Error), fault: { kind: 'divisible' } },
      false,
    ],
  ])('%s', async (_, start, expected, refused) => {
    const attempt = await attemptExport(start, never)
    expect(attempt).toMatchObject(expected)
    expect(isRefusal(attempt)).toBe(refused)
  })

  test('that hangs is transient, at its deadline', async () => {
    jest.useFakeTimers()
    try {
      const attempt = attemptExport(() => {}, 5000)
      await jest.advanceTimersByTimeAsync(5000)
      expect(await attempt).toMatchObject({
        error: { message: 'no answer from the exporter in 5000 ms' },
        fault: { kind: 'transient' },
      })
    } finally {
      jest.useRealTimers()
    }
  })
})

test('the pause doubles to 30 s, give or take a fifth; what a receiver asks for wins, to 5 min', () => {
  for (const [failures, ms] of [
    [0, 1000],
    [1, 2000],
    [4, 16_000],
    [5, 30_000],
    [99, 30_000],
  ] as const) {
    expect(Math.abs(retryPauseMs(failures, undefined) / ms - 1)).toBeLessThanOrEqual(0.2)
  }
  for (const nothing of [0, -1, Number.NaN]) expect(retryPauseMs(0, nothing)).toBeLessThan(1300)
  expect(retryPauseMs(3, 7)).toBe(7)
  expect(retryPauseMs(0, 1e9)).toBe(300_000)
})
