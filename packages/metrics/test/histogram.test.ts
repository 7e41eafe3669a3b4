import * as metrics from '@clew/metrics'
import { afterEach, expect, test } from '@jest/globals'
import { type Running, running } from './capture.ts'

let run: Running | undefined

afterEach(async () => {
  await run?.meters.shutdown()
  run = undefined
})

interface Value {
  readonly count: number
  readonly sum: number
  readonly buckets: { readonly boundaries: number[]; readonly counts: number[] }
}

async function last(name: string): Promise<[object, Value][]> {
  await run?.meters.flush()
  return (run?.to.last(name) ?? []) as [object, Value][]
}

test('time returns what a synchronous function returns, and records in the unit', async () => {
  run = await running()
  const seconds = metrics.histogram('time.s', { unit: 's' })
  const millis = metrics.histogram('time.ms', { unit: 'ms' })
  const busy = () => {
    const end = performance.now() + 5
    while (performance.now() < end);
    return 42
  }
  expect(seconds.time(busy, { a: 'b' })).toBe(42)
  expect(millis.time(busy)).toBe(42)
  const [[attributes, inSeconds] = []] = await last('time.s')
  expect(attributes).toEqual({ a: 'b' })
  expect(inSeconds?.count).toBe(1)
  expect(inSeconds?.sum).toBeGreaterThanOrEqual(0.005)
  expect(inSeconds?.sum).toBeLessThan(5)
  const [[, inMillis] = []] = await last('time.ms')
  expect(inMillis?.sum).toBeGreaterThanOrEqual(5)
})

test('time waits for a promise and gives its value', async () => {
  run = await running()
  const latency = metrics.histogram('time.async', { unit: 's' })
  const result = latency.time(async () => 'done')
  expect(result).toBeInstanceOf(Promise)
  expect(await last('time.async')).toEqual([[{}, expect.objectContaining({ count: 1 })]])
  expect(await result).toBe('done')
})

test('a lazy thenable runs once', async () => {
  run = await running()
  const latency = metrics.histogram('time.lazy', { unit: 's' })
  let ran = 0
  const query = {
    // biome-ignore lint/suspicious/noThenProperty: a query builder has one
    then(resolve: (rows: number) => void) {
      ran++
      resolve(ran)
    },
  }
  expect(await latency.time(() => query)).toBe(1)
  expect(ran).toBe(1)
})

test('a failure goes on to the caller, and gets error.type: code, name, or _OTHER', async () => {
  run = await running()
  const latency = metrics.histogram('time.fails', { unit: 's' })
  const coded = Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
  await expect(latency.time(() => Promise.reject(coded), { a: 1 })).rejects.toBe(coded)
  const named = new RangeError('x')
  expect(() =>
    latency.time(() => {
      throw named
    }),
  ).toThrow(named)
  expect(() =>
    latency.time(() => {
      throw 'text'
    }),
  ).toThrow()
  const found = await last('time.fails')
  expect(found.map(([attributes]) => attributes)).toEqual([
    { a: 1, 'error.type': 'ECONNREFUSED' },
    { 'error.type': 'RangeError' },
    { 'error.type': '_OTHER' },
  ])
})

test('time on a histogram whose unit is no time says so', () => {
  const sizes = metrics.histogram('sizes', { unit: 'By' }) as metrics.DurationHistogram
  expect(() => sizes.time(() => 1)).toThrow(expect.objectContaining({ code: 'ERR_METRICS_UNIT' }))
})

test('boundaries: given, of HTTP for seconds, of the SDK for the rest', async () => {
  run = await running()
  metrics.histogram('bounds.given', { boundaries: [1, 2] }).record(1)
  metrics.histogram('bounds.s', { unit: 's' }).record(1)
  metrics.histogram('bounds.none').record(1)
  const bounds = async (name: string) => (await last(name))[0]?.[1].buckets.boundaries
  expect(await bounds('bounds.given')).toEqual([1, 2])
  expect((await bounds('bounds.s'))?.slice(0, 2)).toEqual([0.005, 0.01])
  expect((await bounds('bounds.none'))?.at(-1)).toBe(10_000)
})

test.each([
  [[2, 1]],
  [[1, 1]],
  [[Number.NaN]],
  [Array.from({ length: 201 }, (_, i) => i)],
  ['x' as never],
])('boundaries %j are refused', (boundaries) => {
  expect(() => metrics.histogram('bounds.wrong', { boundaries })).toThrow(
    expect.objectContaining({ code: 'ERR_METRICS_OPTION' }),
  )
})
