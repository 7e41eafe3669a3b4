// Liveness from the process itself: only what is asked for, only what lasts.
import { fileURLToPath } from 'node:url'
import * as health from '@clew/health'
import { nodeEval } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'

const checkers: health.Checker[] = []
afterEach(async () => {
  for (const checker of checkers.splice(0)) await checker.shutdown()
})

function start(liveness?: health.LivenessOptions, pingers: health.Pinger[] = []) {
  const checker = health.checker(pingers, { liveness })
  checkers.push(checker)
  const reports: health.Report[] = []
  checker.subscribe((report) => void reports.push(report))
  return { checker, reports, live: async () => (await checker.answer('live')).status }
}

function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 1))

/** The loop is late all the time, until the condition holds. */
async function blockUntil(condition: () => unknown): Promise<void> {
  while (!(await condition())) {
    block(200)
    await turn()
  }
}

test('is 200 by default, however late the loop is', async () => {
  const { live, reports } = start()
  for (let i = 0; i < 8; i++) {
    block(200)
    await turn()
    expect(await live()).toBe(200)
  }
  expect(reports).toEqual([])
})

describe('a late event loop', () => {
  test('is 503 when it lasts, says why once, and is back when it has recovered', async () => {
    const { live, reports, checker } = start({ maxLoopDelayMs: 100, sustainedMs: 1_000 })
    expect(await live()).toBe(200)
    await blockUntil(async () => (await live()) === 503)
    const { body } = await checker.answer('live')
    expect(JSON.parse(body)).toEqual({ status: 'fail', reason: 'event loop blocked' })
    // Nothing else looks at it.
    expect((await checker.answer('ready')).status).toBe(200)
    while ((await live()) === 503) await turn()
    expect(reports).toEqual([
      {
        type: 'health.liveness',
        level: 'error',
        message: expect.stringMatching(/^liveness fails: event loop blocked for 1 s, \d+ ms late$/),
        fields: { loop_delay_ms: expect.any(Number), heap_ratio: expect.any(Number) },
      },
      expect.objectContaining({ level: 'info', message: 'liveness is back' }),
    ])
  })

  test('one long block is not enough', async () => {
    const { live, reports } = start({ maxLoopDelayMs: 100, sustainedMs: 1_000 })
    await turn()
    block(2_500)
    for (let i = 0; i < 20; i++) {
      await turn()
      expect(await live()).toBe(200)
    }
    expect(reports).toEqual([])
  })

  test('while it drains it is 200: what is in flight shall end', async () => {
    const { live, checker } = start({ maxLoopDelayMs: 100, sustainedMs: 1_000 })
    await blockUntil(async () => (await live()) === 503)
    checker.drain()
    expect(await live()).toBe(200)
  })
})

test('a dependency that is down changes nothing', async () => {
  const { live, checker } = start({ maxLoopDelayMs: 10_000, maxHeapRatio: 1 }, [
    health.pinger('db', () => false),
  ])
  expect((await checker.check()).status).toBe('fail')
  expect(await live()).toBe(200)
})

test('a full heap is 503, and keeps no process alive', async () => {
  const program = `
    import { getHeapStatistics } from 'node:v8'
    import * as health from '@clew/health'
    const checker = health.checker([], { liveness: { maxHeapRatio: 0.5, sustainedMs: 1000 } })
    checker.subscribe(({ message }) => console.log(message))
    const kept = []
    const ratio = () => getHeapStatistics().used_heap_size / getHeapStatistics().heap_size_limit
    let answer
    do {
      // Also what a collection has freed.
      while (ratio() < 0.6) kept.push(Array.from({ length: 1000 }, Math.random))
      await new Promise((resolve) => setTimeout(resolve, 10))
      answer = await checker.answer('live')
    } while (answer.status === 200)
    console.log(answer.body, kept.length > 0)`
  const child = nodeEval(program, {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    execArgv: ['--max-old-space-size=150', '--max-semi-space-size=1'],
  })
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stdout).toMatch(/^liveness fails: heap full for 1 s, \d\d % of its limit in use$/m)
  expect(child.stdout).toContain('{"status":"fail","reason":"heap full"} true')
})

test.each<[object, RegExp]>([
  [{ maxLoopDelayMs: 99 }, /liveness\.maxLoopDelayMs must be an integer from 100 to/],
  [{ maxLoopDelayMs: '1s' }, /liveness\.maxLoopDelayMs must be/],
  [{ maxHeapRatio: 0.4 }, /liveness\.maxHeapRatio must be a number from 0\.5 to 1; received 0\.4/],
  [{ maxHeapRatio: 90 }, /liveness\.maxHeapRatio must be/],
  [{ maxHeapRatio: 0.9, sustainedMs: 10 }, /liveness\.sustainedMs must be/],
  [{ maxLoopDelay: 1_000 }, /unknown option "liveness\.maxLoopDelay"/],
  [{ pingers: [] }, /unknown option "liveness\.pingers"/],
])('refuses %p', (liveness, message) => {
  expect(() => health.checker([], { liveness })).toThrow(
    expect.objectContaining({ code: 'ERR_HEALTH_OPTION', message: expect.stringMatching(message) }),
  )
})
