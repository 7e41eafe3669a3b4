import * as debug from '@clew/debug'
import { type Listening, listen } from '@clew/testing'
import { afterEach, expect, test } from '@jest/globals'
import { openStream } from '../support/event-stream.ts'
import { fakeLogger } from '../support/fake-logger.ts'

let console: debug.Console
let server: Listening
let reports: debug.Report[]

async function start(access: debug.AccessOptions): Promise<void> {
  console = debug.console({ logger: fakeLogger(), heapSampling: false, stalls: false, access })
  reports = []
  console.subscribe((report) => reports.push(report))
  server = await listen(console.handler)
}
afterEach(async () => {
  await console.shutdown()
  await server.close()
})

const status = async (method: string, path: string) => {
  const answer = await fetch(`${server.url}/debug${path}`, { method })
  await answer.body?.cancel()
  return answer.status
}

test('with only read access nothing can be changed, by any endpoint', async () => {
  await start({ max: 'read', sessions: 'write' })
  for (const [method, path] of [
    ['POST', '/sessions'],
    ['DELETE', '/sessions/0123456789ab'],
    ['POST', '?debug-logs=on'],
    ['POST', '/profiles'],
    ['DELETE', '/profiles/0123456789ab'],
    ['POST', '/retainers'],
    ['POST', '/heapsnapshot'],
  ] as const) {
    expect([method, path, await status(method, path)]).toEqual([method, path, 403])
  }
  expect(console.sessions.list()).toEqual([])
  expect(reports.map(({ type }) => type)).toEqual(Array(7).fill('debug.denied'))
  for (const path of [
    '',
    '/sessions',
    '/profiles',
    '/live',
    '/pprof/cmdline',
    '/retainers',
    '/stream',
  ]) {
    expect([path, await status('GET', path)]).toEqual([path, 200])
  }
  expect(await status('POST', '/pprof/symbol')).toBe(200)
})

test('a snapshot, which contains every secret, must be allowed expressly', async () => {
  await start({})
  expect(await status('POST', '/heapsnapshot')).toBe(403)
})

test('what has no access is not there in any way, and the rest is', async () => {
  await start({ lines: 'none', pprof: 'none', sessions: 'none', stalls: 'none' })
  for (const path of [
    ...['/lines', '/lines/', '/pprof', '/pprof/', '/pprof/profile', '/pprof/heap', '/pprof/loop'],
    ...['/sessions', '/sessions/0123456789ab', '?debug-logs', '/stalls'],
    ...['/stream?topics=lines', '/stream?topics=live,sessions'],
  ]) {
    expect([path, await status('GET', path)]).toEqual([path, 403])
  }
  const index = await (await fetch(`${server.url}/debug`)).json()
  expect(index).toEqual({})
  const stream = await openStream(`${server.url}/debug/stream`)
  const { data } = (await stream.next()) ?? {}
  stream.close()
  expect(Object.keys(data)).toEqual(expect.not.arrayContaining(['lines', 'sessions', 'stalls']))
  expect(Object.keys(data)).toContain('points')
  expect(await status('GET', '/requests')).toBe(200)
})
