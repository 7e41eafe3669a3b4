import type { IncomingMessage } from 'node:http'
import * as debug from '@clew/debug'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { fakeLogger } from './support/fake-logger.ts'

let logger: ReturnType<typeof fakeLogger>
let console: debug.Console
let reports: debug.Report[]

beforeEach(() => {
  jest.useFakeTimers()
  logger = fakeLogger()
  console = debug.console({ logger, heapSampling: false, maxSessions: 3 })
  reports = []
  console.subscribe((report) => reports.push(report))
})
afterEach(async () => {
  await console.shutdown()
  jest.useRealTimers()
})

test('a session ends by itself, not a millisecond early', () => {
  console.sessions.open({ ttlMs: 5_000, actor: 'ann' })
  jest.advanceTimersByTime(4_999)
  expect(logger.open.size).toBe(1)
  jest.advanceTimersByTime(1)
  expect(logger.open.size).toBe(0)
  expect(console.sessions.list()).toEqual([])
  expect(reports.at(-1)).toMatchObject({
    type: 'debug.session_closed',
    level: 'info',
    fields: { reason: 'expired' },
  })
})

test('sessions are independent of each other', () => {
  const orders = console.sessions.open({ filter: { path: '/orders' } })
  console.sessions.open({ level: 'info', filter: { path: '/users' } })
  expect(logger.levelsFor({ url: '/orders' })).toEqual(['debug'])
  expect(logger.levelsFor({ url: '/users' })).toEqual(['info'])
  expect(console.sessions.close(orders.id)).toBe(true)
  expect(console.sessions.close(orders.id)).toBe(false)
  expect(logger.levelsFor({ url: '/orders' })).toEqual([])
  expect(logger.levelsFor({ url: '/users' })).toEqual(['info'])
})

test('it counts the requests that it has seen, each once, and those that matched', () => {
  const { id } = console.sessions.open({ filter: { path: '/orders' } })
  const request = { url: '/orders', headers: {}, method: 'GET' } as IncomingMessage
  const [override] = logger.open
  expect(console.sessions.list()[0]?.requests).toEqual({ seen: 0, matched: 0 })
  override?.match?.(request)
  override?.match?.(request)
  logger.levelsFor({ url: '/users' })
  expect(console.sessions.list()[0]?.requests).toEqual({ seen: 2, matched: 1 })
  console.sessions.close(id)
  expect(reports.at(-1)).toMatchObject({
    level: 'info',
    fields: { requests_seen: 2, requests_matched: 1 },
  })
})

test('one that no request reached says so when it ends; one for everything does not', () => {
  console.sessions.close(console.sessions.open({ filter: { path: '/orders' } }).id)
  expect(reports.at(-1)).toMatchObject({
    level: 'warn',
    message:
      'debug session closed by application; no request reached it: is log.http() in front of the routes?',
    fields: { requests_seen: 0 },
  })
  console.sessions.close(console.sessions.open().id)
  expect(reports.at(-1)).toMatchObject({ level: 'info' })
})

test.each(['warn', 'error', 'fatal', 'trace'])(
  'level %s would do nothing: it is refused',
  (level) => {
    expect(() => console.sessions.open({ level: level as never })).toThrow(
      `sessions.open: level must be one of debug, info; received "${level}"`,
    )
  },
)

test('one that was closed does not expire as well', () => {
  const { id } = console.sessions.open({ ttlMs: 1_000 })
  console.sessions.close(id)
  jest.advanceTimersByTime(10_000)
  expect(jest.getTimerCount()).toBe(0)
  expect(reports.map(({ fields }) => fields['reason'])).toEqual([undefined, 'closed'])
})

test('a test of your own narrows the filter; one that throws does not match', () => {
  const match = (request: IncomingMessage) => {
    if (request.headers['x-boom']) throw new Error('boom')
    return request.headers['x-user'] === '7'
  }
  const session = console.sessions.open({ filter: { path: '/orders' }, match })
  expect(session.everywhere).toBe(false)
  expect(logger.levelsFor({ url: '/orders', headers: { 'x-user': '7' } })).toEqual(['debug'])
  expect(logger.levelsFor({ url: '/users', headers: { 'x-user': '7' } })).toEqual([])
  expect(logger.levelsFor({ url: '/orders', headers: { 'x-boom': '1' } })).toEqual([])
})

test('no more than maxSessions; a closed one makes room', () => {
  const first = console.sessions.open()
  console.sessions.open()
  console.sessions.open()
  expect(() => console.sessions.open()).toThrow(
    expect.objectContaining({
      code: 'ERR_DEBUG_TOO_MANY_SESSIONS',
      message: '3 debug sessions are open: close one first',
    }),
  )
  console.sessions.close(first.id)
  expect(console.sessions.open()).toMatchObject({ actor: 'application', level: 'debug' })
})

test('shutdown ends them all, and none is opened after it', async () => {
  console.sessions.open()
  console.sessions.open()
  await console.shutdown()
  await console.shutdown()
  expect(logger.open.size).toBe(0)
  expect(reports.filter(({ fields }) => fields['reason'] === 'shutdown')).toHaveLength(2)
  expect(() => console.sessions.open()).toThrow(
    expect.objectContaining({ code: 'ERR_DEBUG_CLOSED' }),
  )
})

test('a listener that throws or unsubscribes meanwhile harms nobody', () => {
  const heard: string[] = []
  const leave = console.subscribe(() => leave())
  console.subscribe(() => {
    throw new Error('boom')
  })
  console.subscribe(({ type }) => heard.push(type))
  console.sessions.open()
  console.sessions.open()
  expect(heard).toEqual(['debug.session_opened', 'debug.session_opened'])
})

test.each([
  [{ ttlMs: 999 }, 'ttlMs must be an integer from 1000 to 86400000; received 999'],
  [{ ttlMs: Number.NaN }, 'ttlMs must be an integer from 1000 to 86400000; received NaN'],
  [{ ttlMs: '10m' }, 'ttlMs must be an integer from 1000 to 86400000; received "10m"'],
  [{ level: 'fatal' }, 'level must be one of debug, info; received "fatal"'],
  [{ actor: '' }, 'actor must be a string of 1 to 128 characters on one line; received ""'],
  [{ match: true }, 'match must be a function; received true'],
  [{ ttl: 1 }, 'unknown option "ttl"; the options are level, filter, match, ttlMs, actor'],
  [
    { filter: { paths: '/' } },
    'unknown option "filter.paths"; the options are filter.path, filter.method, filter.header, filter.user, filter.traceId, filter.share',
  ],
  [null, 'options must be an object; received null'],
])('open(%j) is refused', (options, message) => {
  expect(() => console.sessions.open(options as debug.SessionOptions)).toThrow(
    expect.objectContaining({
      name: 'TypeError',
      code: 'ERR_DEBUG_OPTION',
      message: `sessions.open: ${message}`,
    }),
  )
  expect(reports).toEqual([])
})
