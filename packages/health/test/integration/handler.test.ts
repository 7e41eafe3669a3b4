import { get, request } from 'node:http'
import * as health from '@clew/health'
import { type Listening, listen } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import express from 'express'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const state = { db: true, cache: true, pings: 0 }
function service(options?: health.CheckerOptions): health.Checker {
  Object.assign(state, { db: true, cache: true, pings: 0 })
  const ping = (name: 'db' | 'cache') => () => {
    state.pings++
    if (!state[name]) throw new Error(`no ${name} at postgres://app:hunter2@10.0.0.7/<orders>`)
  }
  return health.checker(
    [health.pinger('db', ping('db')), health.pinger('cache', ping('cache'), { critical: false })],
    { version: '1.2.3', cacheMs: 0, ...options },
  )
}

async function mounted(checker: health.Checker): Promise<Listening> {
  const handlers = new Map(
    (['live', 'ready', 'startup', 'details'] as const).map((kind) => [
      `/${kind}`,
      checker.handler(kind),
    ]),
  )
  const listening = await listen((req, res) =>
    handlers.get(req.url?.split('?')[0] ?? '')?.(req, res),
  )
  cleanups.push(() => listening.close())
  return listening
}

async function ask(url: string, accept?: string, method = 'GET') {
  const response = await fetch(url, { method, headers: accept === undefined ? {} : { accept } })
  return { status: response.status, body: await response.text(), headers: response.headers }
}

test('liveness is 200 whatever is down, and asks nobody', async () => {
  const checker = service()
  const { url } = await mounted(checker)
  Object.assign(state, { db: false, cache: false })
  expect(await ask(`${url}/live`)).toMatchObject({ status: 200, body: '{"status":"pass"}' })
  checker.drain()
  expect(await ask(`${url}/live`)).toMatchObject({ status: 200 })
  await checker.shutdown()
  expect(await ask(`${url}/live`)).toMatchObject({ status: 200 })
  expect(state.pings).toBe(0)
})

test('readiness goes to 503 and back, and names nobody', async () => {
  const checker = service()
  const { url } = await mounted(checker)
  expect(await ask(`${url}/ready`)).toMatchObject({ status: 200, body: '{"status":"pass"}' })
  state.cache = false
  expect(await ask(`${url}/ready`)).toMatchObject({
    status: 200,
    body: '{"status":"warn","reason":"degraded"}',
  })
  state.db = false
  expect(await ask(`${url}/ready`)).toMatchObject({
    status: 503,
    body: '{"status":"fail","reason":"not ready"}',
  })
  Object.assign(state, { db: true, cache: true })
  expect(await ask(`${url}/ready`)).toMatchObject({ status: 200 })
})

test('draining is 503 at once, without asking', async () => {
  const checker = service()
  const { url } = await mounted(checker)
  checker.drain()
  expect(await ask(`${url}/ready`)).toMatchObject({
    status: 503,
    body: '{"status":"fail","reason":"draining"}',
  })
  expect(state.pings).toBe(0)
  expect(await ask(`${url}/details`)).toMatchObject({
    status: 503,
    body: expect.stringContaining('"draining":true'),
  })
})

test('drain in the middle of a check wins', async () => {
  let begin = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  let release = () => {}
  const hold = new Promise<void>((resolve) => {
    release = resolve
  })
  const checker = health.checker([
    health.pinger('db', () => {
      begin()
      return hold
    }),
  ])
  const { url } = await mounted(checker)
  const answer = ask(`${url}/ready`)
  await begun
  checker.drain()
  release()
  expect(await answer).toMatchObject({ status: 503, body: expect.stringContaining('draining') })
})

test('startup latches', async () => {
  const checker = service()
  const { url } = await mounted(checker)
  state.db = false
  expect(await ask(`${url}/startup`)).toMatchObject({
    status: 503,
    body: '{"status":"fail","reason":"starting"}',
  })
  state.db = true
  expect(await ask(`${url}/startup`)).toMatchObject({ status: 200, body: '{"status":"pass"}' })
  const { pings } = state
  state.db = false
  expect(await ask(`${url}/startup`)).toMatchObject({ status: 200 })
  checker.drain()
  expect(await ask(`${url}/startup`)).toMatchObject({ status: 200 })
  expect(state.pings).toBe(pings)
})

test('startup is also over when readiness was seen first', async () => {
  const checker = service()
  const { url } = await mounted(checker)
  await ask(`${url}/ready`)
  state.db = false
  expect(await ask(`${url}/startup`)).toMatchObject({ status: 200 })
})

describe('details', () => {
  const uptime = expect.any(Number)

  test("Clue's body in JSON", async () => {
    const { url } = await mounted(service())
    const answer = await ask(`${url}/details`)
    expect(answer).toMatchObject({ status: 200 })
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(JSON.parse(answer.body)).toEqual({
      uptime,
      version: '1.2.3',
      status: { db: 'OK', cache: 'OK' },
    })
    expect(Object.keys(JSON.parse(answer.body))).toEqual(['uptime', 'version', 'status'])
  })

  test('errors, without credentials', async () => {
    const { url } = await mounted(service())
    Object.assign(state, { db: false, cache: false })
    const { status, body } = await ask(`${url}/details`)
    expect(status).toBe(503)
    expect(JSON.parse(body)).toEqual({
      uptime,
      version: '1.2.3',
      status: { db: 'NOT OK', cache: 'NOT OK' },
      errors: {
        db: 'no db at postgres://***@10.0.0.7/<orders>',
        cache: 'no cache at postgres://***@10.0.0.7/<orders>',
      },
    })
  })

  test("Clue's body in XML", async () => {
    const { url } = await mounted(service())
    state.db = false
    const { body, headers } = await ask(`${url}/details`, 'application/xml')
    expect(headers.get('content-type')).toBe('application/xml; charset=utf-8')
    expect(body.replace(/<uptime>\d+</, '<uptime>0<')).toBe(
      '<health><uptime>0</uptime><version>1.2.3</version><status><db>NOT OK</db><cache>OK</cache></status>' +
        '<errors><db>no db at postgres://***@10.0.0.7/&lt;orders&gt;</db></errors></health>',
    )
  })

  test('application/health+json', async () => {
    const { url } = await mounted(service())
    state.cache = false
    const { status, body, headers } = await ask(`${url}/details`, 'application/health+json')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/health+json')
    expect(JSON.parse(body)).toEqual({
      status: 'warn',
      releaseId: '1.2.3',
      checks: {
        'db:responseTime': [
          {
            componentId: 'db',
            observedValue: expect.any(Number),
            observedUnit: 'ms',
            status: 'pass',
            time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          },
        ],
        'cache:responseTime': [
          expect.objectContaining({
            status: 'warn',
            output: 'no cache at postgres://***@10.0.0.7/<orders>',
          }),
        ],
        uptime: [
          { componentType: 'system', observedValue: uptime, observedUnit: 's', status: 'pass' },
        ],
      },
    })
  })

  test('text', async () => {
    const { url } = await mounted(service())
    state.cache = false
    const { body } = await ask(`${url}/details`, 'text/plain')
    expect(body).toBe(
      'degraded\ndb: OK\ncache: NOT OK: no cache at postgres://***@10.0.0.7/<orders>\n',
    )
  })
})

test.each([
  ['text/plain', 'text/plain; charset=utf-8', 'ok\n'],
  ['application/xml', 'application/xml; charset=utf-8', '<health><status>pass</status></health>'],
  ['text/xml', 'text/xml; charset=utf-8', '<health><status>pass</status></health>'],
  ['application/health+json', 'application/health+json', '{"status":"pass"}'],
  ['*/*', 'application/json', '{"status":"pass"}'],
  ['image/png', 'application/json', '{"status":"pass"}'],
])('a probe that accepts %s', async (accept, type, body) => {
  const { url } = await mounted(service())
  const answer = await ask(`${url}/ready`, accept)
  expect(answer).toMatchObject({ status: 200, body })
  expect(answer.headers.get('content-type')).toBe(type)
})

test('no answer is stored or guessed at', async () => {
  const { url } = await mounted(service())
  for (const kind of ['live', 'ready', 'startup', 'details']) {
    const { headers } = await ask(`${url}/${kind}?x=1`)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('vary')).toBe('Accept')
  }
})

test('HEAD has the status and headers of GET, and no body', async () => {
  const { url } = await mounted(service())
  state.db = false
  const head = await ask(`${url}/ready`, undefined, 'HEAD')
  expect(head).toMatchObject({ status: 503, body: '' })
  expect(head.headers.get('content-length')).toBe('38')
})

test('another method is 405, asks nobody', async () => {
  const { url } = await mounted(service())
  const answer = await ask(`${url}/ready`, undefined, 'POST')
  expect(answer.status).toBe(405)
  expect(answer.headers.get('allow')).toBe('GET, HEAD')
  expect(state.pings).toBe(0)
})

test('a prober that leaves early harms nobody', async () => {
  let begin = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  let release = () => {}
  const hold = new Promise<void>((resolve) => {
    release = resolve
  })
  const checker = health.checker([
    health.pinger('db', () => {
      begin()
      return hold
    }),
  ])
  const { url } = await mounted(checker)
  const probe = request(`${url}/ready`).on('error', () => {})
  probe.end()
  await begun
  probe.destroy()
  release()
  expect(await ask(`${url}/ready`)).toMatchObject({ status: 200 })
})

test('what answered before us stays as it is', async () => {
  let release = () => {}
  const hold = new Promise<void>((resolve) => {
    release = resolve
  })
  const handler = health.checker([health.pinger('db', () => hold)]).handler('ready')
  const { url, close } = await listen((req, res) => {
    void handler(req, res)
    res.writeHead(504).write('too slow')
    release()
    setImmediate(() => setImmediate(() => res.end()))
  })
  cleanups.push(close)
  expect(await ask(url)).toMatchObject({ status: 504, body: 'too slow' })
})

test('many probes at once are one ping', async () => {
  let pings = 0
  const checker = health.checker([health.pinger('db', async () => pings++)])
  const { url } = await mounted(checker)
  const codes = await Promise.all(
    Array.from(
      { length: 50 },
      () =>
        new Promise((resolve) => get(`${url}/ready`, (res) => resolve(res.resume().statusCode))),
    ),
  )
  expect(new Set(codes)).toEqual(new Set([200]))
  expect(pings).toBe(1)
})

test('in Express, behind a path of its own', async () => {
  const app = express()
  app.get('/internal/healthz', service().handler('details'))
  const { url, close } = await listen(app)
  cleanups.push(close)
  const { status, body } = await ask(`${url}/internal/healthz`)
  expect(status).toBe(200)
  expect(JSON.parse(body)).toMatchObject({ status: { db: 'OK' } })
})
