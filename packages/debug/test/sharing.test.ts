import * as debug from '@clew/debug'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { fakeLogger } from './support/fake-logger.ts'

const end = jest.fn(async () => {})
let connect: (end: () => Promise<unknown>) => void
const watch = jest.fn(
  () =>
    new Promise<() => Promise<unknown>>((resolve) => {
      connect = resolve
    }),
)
const store: debug.SessionStore = {
  put: async () => {},
  remove: async () => {},
  take: async () => {},
  read: async () => ({ sessions: [], closed: [] }),
  watch,
}
let console: debug.Console
let reports: string[]

beforeEach(() => {
  jest.useFakeTimers()
  jest.clearAllMocks()
  console = debug.console({ logger: fakeLogger(), store, heapSampling: false, stalls: false })
  reports = []
  console.subscribe(({ type }) => reports.push(type))
})
afterEach(async () => {
  await console.shutdown()
  jest.useRealTimers()
})

test('a connection that takes long to come is waited for, not made again', async () => {
  await jest.advanceTimersByTimeAsync(20_000)
  expect([watch.mock.calls.length, reports]).toEqual([1, ['debug.store_down']])
  connect(end)
  await jest.advanceTimersByTimeAsync(2000)
  expect([watch.mock.calls.length, reports.at(-1)]).toEqual([1, 'debug.store_up'])
  await console.shutdown()
  expect(end).toHaveBeenCalledTimes(1)
})

test('one that comes after the shutdown is closed', async () => {
  await jest.advanceTimersByTimeAsync(10_000)
  await console.shutdown()
  connect(end)
  await jest.advanceTimersByTimeAsync(0)
  expect([watch.mock.calls.length, end.mock.calls.length]).toEqual([1, 1])
})

const refusals: [string, () => Promise<never>][] = [
  ['rejects', () => Promise.reject(new Error('refused'))],
  [
    'throws',
    () => {
      throw new Error('refused')
    },
  ],
]
test.each(refusals)('a store that %s is tried again', async (_, refuse) => {
  watch.mockImplementationOnce(refuse)
  await console.shutdown()
  console = debug.console({ logger: fakeLogger(), store, heapSampling: false, stalls: false })
  await jest.advanceTimersByTimeAsync(1500)
  connect(end)
  await jest.advanceTimersByTimeAsync(0)
  // That of the console which was shut down, the refused one, and the next.
  expect(watch).toHaveBeenCalledTimes(3)
})
