import * as debug from '@clew/debug'
import { offer } from '@clew/internal/observers/source'
import { type Listening, listen } from '@clew/testing'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type EventStream, openStream } from '../support/event-stream.ts'
import { fakeLogger } from '../support/fake-logger.ts'
import { type Service, startService } from '../support/traffic.ts'

let console: debug.Console
let reports: debug.Report[]
let server: Listening
let service: Service
let streams: EventStream[]

beforeEach(async () => {
  console = debug.console({ logger: fakeLogger(), heapSampling: false, stalls: false })
  reports = []
  console.subscribe((report) => reports.push(report))
  server = await listen(console.handler)
  service = await startService()
  streams = []
})
afterEach(async () => {
  for (const stream of streams) stream.close()
  service.release()
  await console.shutdown()
  await server.close()
  await service.close()
})

const get = async (path: string): Promise<any> =>
  (await fetch(`${server.url}/debug/${path}`)).json()
const post = (path: string, body: unknown) =>
  fetch(`${server.url}/debug/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
const ask = async (path: string) => (await fetch(service.url + path)).text()
async function follow(topics = '', headers: Record<string, string> = {}): Promise<EventStream> {
  const query = topics === '' ? '' : `?topics=${topics}`
  const stream = await openStream(`${server.url}/debug/stream${query}`, headers)
  streams.push(stream)
  return stream
}

describe('without any other part', () => {
  test.each([
    ['live', '@clew/server'],
    ['requests', '@clew/server'],
    ['lines', '@clew/log'],
    ['health', '@clew/health'],
    ['security', '@clew/security'],
    ['configuration', '@clew/config'],
  ])('%s says that %s gives it', async (panel, name) => {
    expect((await get(panel)).advice).toContain(name)
  })

  test('build is there', async () => {
    const { node, pid, command } = await get('build')
    expect([node, pid, command[0]]).toEqual([process.version, process.pid, process.execPath])
  })
})

describe('requests', () => {
  test('in flight since before anybody looked, where somebody knows of them', async () => {
    const requests: unknown[] = []
    service.server.prependListener('request', (req) => requests.push(req))
    const waiting = ask('/wait?token=hunter2')
    while (requests.length === 0) await new Promise(setImmediate)
    const withdraw = offer('request.open', () => requests)
    const { open, openTotal } = await get('requests')
    withdraw()
    expect(openTotal).toBe(1)
    expect(open).toEqual([
      expect.objectContaining({ method: 'GET', path: '/wait', route: '/wait' }),
    ])
    service.release()
    await waiting
  })

  test('rate, errors and latency by route are those of the requests; lines have their request', async () => {
    await get('live')
    for (let i = 0; i < 6; i++) await ask('/status/200')
    for (let i = 0; i < 2; i++) await ask('/status/503?key=hunter2')
    await ask('/healthz')
    const { routes } = await get('live')
    expect(routes).toEqual([
      expect.objectContaining({ method: 'GET', route: '/status', total: 8, errors: 2, recent: 8 }),
    ])
    const { ended, dropped, advice } = await get('requests')
    expect([ended.length, dropped, advice]).toEqual([8, 0, undefined])
    expect(ended.at(-1)).toMatchObject({ status: 503, outcome: 'answered', error: '503', bytes: 4 })
    const { id } = ended.at(-1)
    const { request, lines, spans } = await get(`requests?id=${id}`)
    expect([request.id, lines.map(({ msg }: any) => msg), spans]).toEqual([id, ['at status'], []])
    expect(JSON.stringify(await get('requests'))).not.toContain('hunter2')
    expect(await get('requests?id=999999999')).toEqual({
      error: 'this request is not known, or no longer',
    })
    expect((await get('requests?id=x')).code).toBe('ERR_DEBUG_OPTION')
  })
})

describe('other parts', () => {
  test('health, configuration and security are shown as they show themselves', async () => {
    const health = { status: 'pass', draining: false, checks: [] }
    const row = (variable: string, value: string) => ({
      variable,
      path: variable.toLowerCase(),
      source: 'default',
      value,
    })
    const ends = [
      offer('health.check', async () => health),
      offer('health.check', async () => Promise.reject(new Error('down'))),
      offer('config.rows', () => [
        row('LEVEL', 'info'),
        row('DB_PASSWORD', 'hunter2'),
        row('DB_URL', 'postgres://ann:hunter2@db/orders'),
      ]),
      offer('config.rows', () => {
        throw new Error('broken')
      }),
    ]
    const key = Symbol.for('@clew/security/v1')
    const audit = () => ({ rows: [{ path: '/' }], problem: undefined })
    const api = { service: 'orders', audit, decisions: () => [{ outcome: 'allowed' }] }
    Object.assign(globalThis, { [key]: { apis: () => [api] } })
    try {
      expect(await get('health')).toEqual({ checkers: [health] })
      expect((await get('configuration')).rows.map(({ value }: any) => value)).toEqual([
        'info',
        '[redacted]',
        'postgres://[redacted]@db/orders',
      ])
      expect(await get('security')).toEqual({
        apis: [{ service: 'orders', routes: [{ path: '/' }], decisions: [{ outcome: 'allowed' }] }],
      })
    } finally {
      for (const end of ends) end()
      Reflect.deleteProperty(globalThis, key)
    }
  })
})

describe('the stream', () => {
  test('tells only the topics asked for, at once and then each second', async () => {
    const stream = await follow('live,requests')
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(stream.headers.get('cache-control')).toBe('no-store')
    const first = await stream.next()
    expect(Object.keys(first?.data)).toEqual([
      'now',
      'servers',
      'points',
      'routes',
      'open',
      'openTotal',
      'ended',
    ])
    await ask('/status/200')
    const second = await stream.next()
    expect(second?.data.ended).toHaveLength(1)
    expect(second?.data.points).toHaveLength(1)
    expect(second?.data.points[0]).toMatchObject({ requests: 1, errors: 0 })
  })

  test('goes on where it broke off, and counts what was lost meanwhile', async () => {
    const stream = await follow('requests')
    const { id = '' } = (await stream.next()) ?? {}
    stream.close()
    for (let i = 0; i < 3; i++) await ask('/status/200')
    const again = await (await follow('requests', { 'Last-Event-ID': id })).next()
    expect([again?.data.ended.length, again?.data.missedRequests]).toEqual([3, undefined])
    for (let i = 0; i < 250; i++) await ask('/status/200')
    const late = await (await follow('requests', { 'Last-Event-ID': again?.id ?? '' })).next()
    // How many are recorded depends on where a second ends: a hundred, with the three before, at least.
    expect(late?.data.ended.length).toBeGreaterThanOrEqual(97)
    expect(late?.data.ended.length + late?.data.missedRequests).toBe(250)
    const { ended, dropped } = await get('requests')
    expect(ended.length + dropped).toBe(253)
    for (const strange of ['', 'x', '00000000-1-2-3', `${id}-4`]) {
      const whole = await (await follow('requests', { 'Last-Event-ID': strange })).next()
      expect([whole?.data.ended.length, whole?.data.missedRequests]).toEqual([
        ended.length,
        undefined,
      ])
      streams.at(-1)?.close()
      await new Promise((resolve) => setImmediate(resolve))
    }
  })

  test('lists come again only when they change', async () => {
    const stream = await follow('sessions,lines')
    expect((await stream.next())?.data).toMatchObject({ sessions: [], lines: [] })
    await post('sessions', { actor: 'ann' })
    const changed = await stream.next()
    expect(changed?.data.sessions).toMatchObject([{ actor: 'ann' }])
    expect(Object.keys((await stream.next())?.data)).toEqual(['now', 'lines'])
  })

  test('four at a time; the fifth hears why, and may come when one has left', async () => {
    for (let i = 0; i < 4; i++) await (await follow()).next()
    const fifth = await fetch(`${server.url}/debug/stream`)
    expect(fifth.status).toBe(409)
    expect(await fifth.json()).toEqual({
      error: '4 streams are open: close another console first',
      code: 'ERR_DEBUG_BUSY',
    })
    streams[0]?.close()
    let status = 409
    while (status === 409) {
      const { status: now } = await follow()
      status = now
    }
    expect(status).toBe(200)
  })

  test.each([
    ['topics=liv', 'topics must be one of live, requests, lines, sessions'],
    ['topic=live', 'unknown option "topic"; the options are topics'],
  ])('?%s is refused', async (query, error) => {
    const answer = await fetch(`${server.url}/debug/stream?${query}`)
    expect(answer.status).toBe(400)
    expect(((await answer.json()) as any).error).toContain(`GET /debug/stream: ${error}`)
  })

  test('ends with the console', async () => {
    const stream = await follow()
    await stream.next()
    await console.shutdown()
    while ((await stream.next()) !== undefined);
    expect((await fetch(`${server.url}/debug/stream`)).status).toBe(503)
  })
})

describe('profiles of the page', () => {
  const until = async (state: string): Promise<any> => {
    for (;;) {
      const { profiles } = await get('profiles')
      if (profiles.at(-1)?.state === state) return profiles.at(-1)
    }
  }

  test('one is taken in the background, shown as stacks, downloaded and removed', async () => {
    const started = await post('profiles', { kind: 'profile', seconds: 0.3 })
    const { id, state } = (await started.json()) as any
    expect([started.status, started.headers.get('location'), state]).toEqual([
      202,
      `profiles/${id}`,
      'running',
    ])
    // It begins after a garbage collection.
    const work = setInterval(function burnConsole() {
      for (const until = performance.now() + 20; performance.now() < until; ) Math.sqrt(until)
    }, 1)
    expect(await until('done')).toMatchObject({ id, kind: 'profile', unit: 'ms', seconds: 0.3 })
    clearInterval(work)
    expect((await get(`profiles/${id}`)).stacks).toContain('burnConsole')
    const file = await fetch(`${server.url}/debug/profiles/${id}?format=pprof`)
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename="${id}.pb.gz"`)
    expect(new Uint8Array(await file.arrayBuffer()).slice(0, 2)).toEqual(Uint8Array.of(31, 139))
    const remove = () => fetch(`${server.url}/debug/profiles/${id}`, { method: 'DELETE' })
    expect([(await remove()).status, (await remove()).status]).toEqual([200, 404])
    expect(reports.map(({ type, message }) => [type, message])).toEqual([
      ['debug.profile', 'CPU profile taken for anonymous'],
    ])
  })

  test('two at a time, each can be cancelled, five are kept', async () => {
    for (let i = 0; i < 6; i++) {
      await post('profiles', { kind: 'profile', seconds: 0.01 })
      await until('done')
    }
    expect((await get('profiles')).profiles).toHaveLength(5)
    const start = () => post('profiles', { kind: 'wall', seconds: 60 })
    const [first, second, third] = [await start(), await start(), await start()]
    expect([first.status, second.status, third.status]).toEqual([202, 202, 409])
    expect((await get('profiles')).profiles).toHaveLength(5)
    for (const { id, state } of (await get('profiles')).profiles) {
      if (state === 'running')
        await fetch(`${server.url}/debug/profiles/${id}`, { method: 'DELETE' })
    }
    expect((await until('cancelled')).kind).toBe('wall')
  })

  test.each([
    [{}, 'kind must be one of profile, wall, heap, allocs; received undefined'],
    [
      { kind: 'goroutine' },
      'kind must be one of profile, wall, heap, allocs; received "goroutine"',
    ],
    [{ kind: 'profile', seconds: 0 }, 'seconds must be a number from 0.01 to 120; received 0'],
    [{ kind: 'profile', sekonds: 1 }, 'unknown option "sekonds"; the options are kind, seconds'],
  ])('%j is refused', async (body, error) => {
    const answer = await post('profiles', body)
    expect([answer.status, ((await answer.json()) as any).error]).toEqual([
      400,
      `POST /debug/profiles: ${error}`,
    ])
  })

  test('what has failed says why', async () => {
    // No sampler runs, so there is nothing to read.
    await post('profiles', { kind: 'heap' })
    expect(await until('failed')).toMatchObject({ reason: expect.stringContaining('sampler') })
  })
})

test.each(['live', 'requests', 'lines', 'health', 'security', 'configuration', 'build'])(
  'nothing but GET and HEAD at %s',
  async (path) => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect((await fetch(`${server.url}/debug/${path}`, { method })).status).toBe(405)
    }
    expect((await fetch(`${server.url}/debug/${path}`, { method: 'HEAD' })).status).toBe(200)
    expect((await fetch(`${server.url}/debug/${path}/`)).status).toBe(404)
  },
)
