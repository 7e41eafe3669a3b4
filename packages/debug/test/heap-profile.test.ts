import { constants, PerformanceObserver } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import * as debug from '@clew/debug'
import { afterEach, describe, expect, test } from '@jest/globals'
import { processState } from '../src/inspector/process-state.ts'
import { addStacks, stacksOf } from '../src/inspector/v8-heap-stacks.ts'
import { takeHeapProfile } from '../src/profiles/heap-profile.ts'
import { heapStacks } from '../src/profiles/heap-stacks.ts'
import { callFrame } from './support/v8-profiles.ts'

const logger = { override: () => () => {} }
const kept: unknown[] = []
const hoard = () => {
  for (let i = 0; i < 100_000; i++) kept.push({ i, text: `kept ${i}` })
}
const waste = () => {
  let last: unknown
  for (let i = 0; i < 200_000; i++) last = [last === i, i]
  return last
}

let console: debug.Console | undefined
afterEach(async () => {
  await console?.shutdown()
  console = undefined
  kept.length = 0
})

const functions = (profile: debug.HeapProfile) => profile.top(1000).map((f) => f.function)

test('stacks: one for each place, the leaf first, however deep', async () => {
  let head = { id: 20_000, callFrame: callFrame('leaf', 'node:x', 1), children: [] as any[] }
  for (let id = 19_999; id > 1; id--)
    head = { id, callFrame: callFrame(`f${id}`, 'node:x', id), children: [head] }
  head = { id: 1, callFrame: callFrame('(root)', '', -1), children: [head] }
  const samples = [
    { nodeId: 20_000, size: 100, ordinal: 1 },
    { nodeId: 20_000, size: 50, ordinal: 2 },
    { nodeId: 3, size: 7, ordinal: 3 },
    { nodeId: 1, size: 1, ordinal: 4 },
  ]
  expect(stacksOf({ head, samples }, 3)).toEqual([{ callFrames: [], samples: 1, bytes: 1 }])
  const once = stacksOf({ head, samples })
  const twice = addStacks(once, once)
  expect(twice.map((stack) => stack.bytes)).toEqual(once.map((stack) => stack.bytes * 2))
  const stacks = await heapStacks(once)
  expect(
    stacks.map(({ frames, samples, amount }) => [
      frames.length,
      frames[0]?.place.name,
      samples,
      amount,
    ]),
  ).toEqual([
    [1, '(native)', 1, 1],
    [2, 'f3', 1, 7],
    [19_999, 'leaf', 2, 150],
  ])
})

describe('with a console', () => {
  test('what is alive, at once; and only what came since', async () => {
    console = debug.console({ logger })
    await debug.heapProfile()
    hoard()
    const all = await debug.heapProfile()
    expect(functions(all)).toContain('hoard')
    expect(all.totalBytes).toBeGreaterThan(1_000_000)
    expect(all.top(1)[0]).toMatchObject({
      function: 'hoard',
      file: expect.stringContaining('heap-profile.test.ts'),
    })
    expect(all.top(1000).reduce((sum, f) => sum + f.selfPercent, 0)).toBeCloseTo(100, 3)

    const later = debug.heapProfile({ seconds: 0.1 })
    const since = await later
    expect(functions(since)).not.toContain('hoard')
    expect(since.durationMs).toBeLessThan(all.durationMs + 60_000)
  })

  test('allocs has the garbage too, and loses nothing of what is alive', async () => {
    console = debug.console({ logger })
    await debug.heapProfile()
    hoard()
    const allocs = () => {
      const taking = debug.heapProfile({ seconds: 0.3, collected: true })
      const work = setInterval(waste, 5)
      return taking.finally(() => clearInterval(work))
    }
    expect(functions(await allocs())).toContain('waste')
    expect(functions(await allocs())).toContain('waste')
    const after = await debug.heapProfile()
    const { totalBytes = 0 } = after.top(1000).find((f) => f.function === 'hoard') ?? {}
    expect(totalBytes).toBeGreaterThan(1_000_000)
    expect(after.keptBytes).toBeGreaterThan(1_000_000)
    // Kept once, not once for each allocation profile.
    const { totalBytes: before = 0 } = { totalBytes }
    await allocs()
    const again = (await debug.heapProfile()).top(1000).find((f) => f.function === 'hoard')
    expect(again?.totalBytes).toBe(before)
  })

  test('while allocs runs, the last reading is the answer; another allocs shares the sampler', async () => {
    console = debug.console({ logger })
    hoard()
    const { totalBytes } = await debug.heapProfile()
    const taking = debug.heapProfile({ seconds: 0.3, collected: true })
    const second = debug.heapProfile({ seconds: 0.1, collected: true })
    await expect(debug.heapProfile({ seconds: 1 })).rejects.toMatchObject({
      code: 'ERR_DEBUG_BUSY',
    })
    expect((await debug.heapProfile()).totalBytes).toBeGreaterThanOrEqual(totalBytes / 2)
    await second
    await taking
    await expect(debug.heapProfile({ seconds: 0.01 })).resolves.toBeDefined()
  })

  test('while only what comes is counted, the sampler is not taken away', async () => {
    console = debug.console({ logger })
    const first = debug.heapProfile({ seconds: 0.2 })
    const second = debug.heapProfile({ seconds: 0.1 })
    await expect(debug.heapProfile({ seconds: 0.1, collected: true })).rejects.toMatchObject({
      code: 'ERR_DEBUG_BUSY',
      message: 'a heap profile is being taken: try again later',
    })
    await Promise.all([first, second])
  })

  test('many readers at once, and within seconds, share one reading', async () => {
    console = debug.console({ logger })
    await debug.heapProfile()
    processState().heap.last = undefined
    const collections: string[] = []
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { kind } = (entry as { detail?: { kind?: number } }).detail ?? {}
        if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) collections.push(entry.name)
      }
    })
    observer.observe({ entryTypes: ['gc'] })
    const profiles = await Promise.all(
      Array.from({ length: 50 }, () => takeHeapProfile(undefined, 'recent')),
    )
    profiles.push(await takeHeapProfile(undefined, 'recent'))
    await setTimeout(50)
    observer.disconnect()
    expect(new Set(profiles.map(({ totalBytes }) => totalBytes)).size).toBe(1)
    expect(collections.length).toBeLessThanOrEqual(4)
  })

  test('Buffers are outside of the heap, and a number beside it', async () => {
    console = debug.console({ logger })
    const before = await debug.heapProfile()
    const buffers = Array.from({ length: 20 }, () => Buffer.alloc(1 << 20, 1))
    const after = await debug.heapProfile()
    expect(buffers).toHaveLength(20)
    expect(after.externalBytes - before.externalBytes).toBeGreaterThan(15 << 20)
    expect(after.heapUsedBytes).toBeGreaterThan(1 << 20)
  })
})

describe('without one', () => {
  test('it must be told how long', async () => {
    await expect(debug.heapProfile()).rejects.toMatchObject({ code: 'ERR_DEBUG_NO_SAMPLER' })
    const taking = debug.heapProfile({ seconds: 0.3 })
    const work = setInterval(hoard, 20)
    expect(functions(await taking)).toContain('hoard')
    clearInterval(work)
    await expect(debug.heapProfile()).rejects.toMatchObject({ code: 'ERR_DEBUG_NO_SAMPLER' })
  })

  test('a signal ends it', async () => {
    const stop = new AbortController()
    const taking = debug.heapProfile({ seconds: 100, signal: stop.signal })
    stop.abort()
    await expect(taking).rejects.toMatchObject({ code: 'ERR_DEBUG_CANCELLED' })
    await expect(debug.heapProfile({ signal: stop.signal })).rejects.toMatchObject({
      code: 'ERR_DEBUG_CANCELLED',
    })
  })

  test.each([
    [{ seconds: -1 }, 'seconds must be a number from 0.01 to 3600; received -1'],
    [
      { collected: true },
      'seconds must be a number from 0.01 to 3600 if collected is true; received undefined',
    ],
    [{ collected: 1 }, 'collected must be true or false; received 1'],
    [{ signal: {} }, 'signal must be an AbortSignal; received an object'],
    [{ hz: 1 }, 'unknown option "hz"; the options are seconds, collected, signal'],
  ])('heapProfile(%j) is refused', async (options, message) => {
    await expect(debug.heapProfile(options as never)).rejects.toMatchObject({
      code: 'ERR_DEBUG_OPTION',
      message: `debug.heapProfile: ${message}`,
    })
  })
})

test('another tool that stops the sampler is noticed, and it starts anew', async () => {
  console = debug.console({ logger })
  await debug.heapProfile()
  const { Session } = await import('node:inspector/promises')
  const other = new Session()
  other.connect()
  await other.post('HeapProfiler.startSampling')
  await other.post('HeapProfiler.stopSampling')
  other.disconnect()
  await expect(debug.heapProfile()).rejects.toMatchObject({
    code: 'ERR_DEBUG_NO_SAMPLER',
    message: 'another tool stopped the heap sampler; it has been restarted',
  })
  await expect(debug.heapProfile()).resolves.toBeDefined()
})

describe("another tool's sampler", () => {
  test('is neither reset nor stopped: the console reports it, and heap profiles are refused', async () => {
    const { Session } = await import('node:inspector/promises')
    const other = new Session()
    other.connect()
    await other.post('HeapProfiler.startSampling', { samplingInterval: 16_384 })
    hoard()
    const reports: debug.Report[] = []
    console = debug.console({ logger })
    console.subscribe((report) => reports.push(report))
    const busy = {
      code: 'ERR_DEBUG_BUSY',
      message: expect.stringContaining("another tool's heap sampler"),
    }
    await expect(debug.heapProfile()).rejects.toMatchObject(busy)
    await expect(debug.heapProfile({ seconds: 0.01 })).rejects.toMatchObject(busy)
    await expect(debug.heapProfile({ seconds: 0.01, collected: true })).rejects.toMatchObject(busy)
    expect(reports).toMatchObject([{ type: 'debug.failed', level: 'warn' }])
    const { profile } = await other.post('HeapProfiler.stopSampling')
    expect(profile.head.children.length).toBeGreaterThan(0)
    other.disconnect()
    // What was found out is kept for some seconds: each look forces a collection.
    processState().heap.refused = undefined
    await expect(debug.heapProfile()).resolves.toBeDefined()
  })
})
