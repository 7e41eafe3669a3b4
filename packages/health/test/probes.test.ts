// However pingers behave and however many probes come: one ping at a time, one per `cacheMs`.
import * as health from '@clew/health'
import { describe, expect, test } from '@jest/globals'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** What a ping may do, and what readiness says of it in the end. */
const behaviours: Record<
  string,
  { ping(n: number, checker: health.Checker): unknown; status: number }
> = {
  passes: { ping: () => {}, status: 200 },
  hangs: { ping: () => new Promise(() => {}), status: 503 },
  throws: {
    ping() {
      throw new Error('down')
    },
    status: 503,
  },
  rejects: { ping: () => Promise.reject(new Error('down')), status: 503 },
  'is slow': { ping: () => new Promise((resolve) => setTimeout(resolve, 5)), status: 200 },
  'throws nothing': { ping: () => Promise.reject(undefined), status: 503 },
  'throws a proxy that throws': {
    ping() {
      throw new Proxy(
        {},
        {
          get: () => {
            throw new Error('trap')
          },
        },
      )
    },
    status: 503,
  },
  'asks for readiness itself': { ping: (_n, checker) => checker.answer('ready'), status: 200 },
  'waits for the check that it is part of': { ping: (_n, checker) => checker.check(), status: 503 },
}

describe.each(Object.entries(behaviours))('a ping that %s', (_name, { ping, status }) => {
  test('10 000 probes within an interval are one ping', async () => {
    let pings = 0
    const checker: health.Checker = health.checker(
      [health.pinger('db', () => ping(++pings, checker), { timeoutMs: 30 })],
      { cacheMs: 3_600_000, answerMs: 2 },
    )
    const ask = () => checker.answer('ready')
    for (let batch = 0; batch < 10; batch++) {
      await Promise.all(Array.from({ length: 1_000 }, ask))
      await turn()
    }
    await checker.check()
    expect((await ask()).status).toBe(status)
    expect(pings).toBe(1)
    await checker.shutdown()
  })

  test('without a cache there is never more than one at a time', async () => {
    let running = 0
    let most = 0
    const checker: health.Checker = health.checker(
      [
        health.pinger(
          'db',
          async () => {
            most = Math.max(most, ++running)
            try {
              await ping(most, checker)
            } finally {
              running--
            }
          },
          { timeoutMs: 5 },
        ),
      ],
      { cacheMs: 0, answerMs: 1 },
    )
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 20 }, () => checker.answer('ready')))
      await turn()
    }
    expect(most).toBe(1)
    await checker.shutdown()
  })
})

describe('a ping that flaps', () => {
  test.each([
    [1, 1, 20],
    [3, 1, 0],
    [2, 2, 0],
  ])('failAfter %p, recoverAfter %p: %p reports', async (failAfter, recoverAfter, reports) => {
    let n = 0
    const checker = health.checker(
      [health.pinger('db', () => n++ % 2 === 0, { failAfter, recoverAfter })],
      { cacheMs: 0 },
    )
    let seen = 0
    checker.subscribe(() => seen++)
    for (let i = 0; i < 21; i++) await checker.check()
    expect(seen).toBe(reports)
    await checker.shutdown()
  })
})
