import * as debug from '@clew/debug'
import { afterEach, describe, expect, test } from '@jest/globals'
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
  const stacks = await heapStacks(head, [
    { nodeId: 20_000, size: 100 },
    { nodeId: 20_000, size: 50 },
    { nodeId: 3, size: 7 },
    { nodeId: 1, size: 1 },
  ])
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

  test('allocs has the garbage too, and hands the sampler back', async () => {
    console = debug.console({ logger })
    const taking = debug.heapProfile({ seconds: 0.3, collected: true })
    const work = setInterval(waste, 5)
    const profile = await taking
    clearInterval(work)
    expect(functions(profile)).toContain('waste')
    expect((await debug.heapProfile()).durationMs).toBeLessThan(10_000)
  })

  test('while allocs has the sampler, the others must wait', async () => {
    console = debug.console({ logger })
    await debug.heapProfile()
    const taking = debug.heapProfile({ seconds: 0.2, collected: true })
    await expect(debug.heapProfile({ seconds: 1 })).rejects.toMatchObject({
      code: 'ERR_DEBUG_BUSY',
    })
    await expect(debug.heapProfile()).rejects.toMatchObject({ code: 'ERR_DEBUG_BUSY' })
    await taking
    await expect(debug.heapProfile()).resolves.toBeDefined()
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
