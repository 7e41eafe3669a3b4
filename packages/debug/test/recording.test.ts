import { topicOf } from '@clew/internal/observers/topic'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { requestPanel } from '../src/panels/traffic.ts'
import { createWatch, type Watch } from '../src/watch/watch.ts'
import { type Service, startService } from './support/traffic.ts'

// Only the second of the watch is ours: the requests are real, and take as long as they take.
const real = [
  'Date',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setTimeout',
  'clearTimeout',
] as const
const nextSecond = () => jest.advanceTimersByTime(1000)

let watch: Watch
let service: Service

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: [...real] })
  watch = createWatch()
  service = await startService()
  watch.look()
})
afterEach(async () => {
  watch.stop()
  service.release()
  await service.close()
  jest.useRealTimers()
})

async function ask(path: string, count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await (await fetch(service.url + path)).text()
}
async function abort(path: string): Promise<void> {
  const controller = new AbortController()
  const arrived = new Promise((resolve) => service.server.once('request', resolve))
  const left = fetch(service.url + path, { signal: controller.signal }).catch(() => {})
  const req = (await arrived) as import('node:http').IncomingMessage
  const closed = new Promise((resolve) => req.socket.once('close', resolve))
  controller.abort()
  await Promise.all([left, closed])
}
const recorded = () => watch.ended.since().items
const statuses = (status: number) => recorded().filter((each) => each.status === status).length

test('of many requests a second, the first hundred are recorded, and all are counted', async () => {
  await ask('/status/200', 150)
  expect([recorded().length, watch.ended.dropped]).toEqual([100, 50])
  expect(watch.ended.since(0)).toMatchObject({ missed: 50 })
  expect(watch.routes()).toMatchObject([{ route: '/status', total: 150, recent: 150 }])
  nextSecond()
  expect(watch.points.since().items.at(-1)).toMatchObject({ requests: 150, errors: 0 })
  await ask('/status/201')
  expect(statuses(201)).toBe(1)
})

test('failed and aborted ones, and the first of each route, are recorded beyond that', async () => {
  await ask('/status/200', 120)
  await ask('/status/503', 3)
  await abort('/wait')
  await ask('/other', 2)
  expect(statuses(503)).toBe(3)
  expect(recorded().filter(({ outcome }) => outcome === 'aborted')).toHaveLength(1)
  expect(recorded().filter(({ route }) => route === '/other')).toHaveLength(1)
  expect([recorded().length, watch.ended.dropped]).toEqual([105, 21])
})

test('those are bounded too, and still counted', async () => {
  await ask('/status/200', 110)
  await ask('/status/500', 150)
  expect([statuses(500), recorded().length, watch.ended.dropped]).toEqual([100, 200, 60])
  nextSecond()
  expect(watch.points.since().items.at(-1)).toMatchObject({ requests: 260, errors: 150 })
})

test('those that failed stay when many others have come', async () => {
  await ask('/status/503')
  for (let second = 0; second < 3; second++) {
    nextSecond()
    await ask('/status/200', 101)
  }
  expect([statuses(503), recorded()[0]?.status, recorded().length]).toEqual([1, 503, 201])
  expect(watch.ended.dropped).toBe(103)
})

test('slow ones are recorded beyond that', async () => {
  await ask('/status/200', 101)
  const [{ maxMs } = { maxMs: 0 }] = watch.routes()
  nextSecond()
  // Not the first of its route.
  const first = ask('/wait')
  while (watch.open().total === 0) await new Promise(setImmediate)
  service.release()
  await first
  const slow = ask('/wait')
  await ask('/status/200', 99)
  while ((watch.open().requests[0]?.ageMs ?? 0) <= 2 * maxMs) await new Promise(setImmediate)
  service.release()
  await slow
  expect(recorded().at(-1)).toMatchObject({ route: '/wait', status: 200 })
})

test('a request says that lines were left out, of which some may be its own', async () => {
  await ask('/status/200', 100)
  const [first] = recorded()
  expect(requestPanel(watch, first?.id ?? 0)).not.toHaveProperty('linesDropped')
  // Each request writes one line.
  await ask('/status/503')
  expect(requestPanel(watch, recorded().at(-1)?.id ?? 0)).toMatchObject({
    request: { status: 503 },
    lines: [],
    linesDropped: 1,
  })
})

test('a request that is left out still ends: it is in flight no longer', async () => {
  await ask('/status/200', 101)
  expect([watch.ended.dropped, watch.open().total]).toEqual([1, 0])
})

test('of many lines a second, errors, warnings and debug lines are recorded before others', () => {
  let made = 0
  const write = (level: string, count: number) => {
    for (let i = 0; i < count; i++) {
      topicOf<object>('log.line').tell?.({
        level,
        req: undefined,
        get json() {
          made++
          return JSON.stringify({ level })
        },
      })
    }
  }
  write('info', 150)
  write('debug', 150)
  write('error', 1)
  const levels = watch.lines.since().items.map(({ json }) => JSON.parse(json).level)
  expect(levels.filter((level) => level === 'info')).toHaveLength(100)
  expect(levels.filter((level) => level === 'debug')).toHaveLength(100)
  expect(levels.at(-1)).toBe('error')
  // A line that is left out is not even made.
  expect([made, watch.lines.dropped]).toEqual([201, 100])
  nextSecond()
  write('info', 1)
  expect(watch.lines.since().items).toHaveLength(202)
})
