import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import * as debug from '@clew/debug'
import { type Listening, listen } from '@clew/testing'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { fakeLogger } from '../support/fake-logger.ts'

let logger: ReturnType<typeof fakeLogger>
let console: debug.Console
let reports: debug.Report[]
let server: Listening

async function start(options: Partial<debug.ConsoleOptions> = {}) {
  logger = fakeLogger()
  console = debug.console({ logger, heapSampling: false, ...options })
  reports = []
  console.subscribe((report) => reports.push(report))
  server = await listen(console.handler)
}

const call = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init)
const openSession = (body: unknown) =>
  call('/debug/sessions', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })

/** Sends headers that fetch does not allow. */
function raw(path: string, headers: Record<string, string>, method = 'GET') {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    httpRequest(
      `${server.url}${path}`,
      { method, headers, setHost: !('Host' in headers) },
      (res) => {
        let body = ''
        res.setEncoding('utf8').on('data', (text) => {
          body += text
        })
        res.on('end', () => resolve({ status: res.statusCode ?? 0, body }))
      },
    )
      .on('error', reject)
      .end()
  })
}

beforeEach(() => start())
afterEach(async () => {
  await console.shutdown()
  await server.close()
})

describe('sessions', () => {
  test('POST opens one for the requests that match, DELETE closes it, and both are reported', async () => {
    const opened = await openSession({
      filter: { path: '/orders/:id', method: 'get' },
      ttlMs: 60_000,
      actor: 'ann',
    })
    expect(opened.status).toBe(201)
    const session = (await opened.json()) as Record<string, any>
    expect(session).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{12}$/),
      level: 'debug',
      filter: { path: '/orders/:id', method: 'GET' },
      everywhere: false,
      actor: 'ann',
      openedAt: expect.any(String),
      expiresAt: expect.any(String),
      requests: { seen: 0, matched: 0 },
    })
    expect(Date.parse(session['expiresAt']) - Date.parse(session['openedAt'])).toBe(60_000)
    expect(opened.headers.get('location')).toBe(`sessions/${session['id']}`)
    expect(logger.levelsFor({ url: '/orders/7?x=1', method: 'GET' })).toEqual(['debug'])
    expect(logger.levelsFor({ url: '/orders/7', method: 'POST' })).toEqual([])
    expect(logger.levelsFor({ url: '/orders', method: 'GET' })).toEqual([])

    const list = await (await call('/debug/sessions')).json()
    expect(list).toEqual({ sessions: [{ ...session, requests: { seen: 3, matched: 1 } }] })

    const closed = await call(`/debug/sessions/${session['id']}`, { method: 'DELETE' })
    expect(closed.status).toBe(200)
    expect(logger.open.size).toBe(0)
    expect(console.sessions.list()).toEqual([])
    expect(reports.map(({ type, fields }) => [type, fields['actor'], fields['reason']])).toEqual([
      ['debug.session_opened', 'ann', undefined],
      ['debug.session_closed', 'anonymous', 'closed'],
    ])
    expect(reports[0]?.fields).toMatchObject({
      session: session['id'],
      session_level: 'debug',
      filter: { path: '/orders/:id', method: 'GET' },
      ttl_ms: 60_000,
      from: expect.stringMatching(/^127\.0\.0\.1 port \d+$/),
    })
    const again = await call(`/debug/sessions/${session['id']}`, { method: 'DELETE' })
    expect(again.status).toBe(404)
  })

  test('an empty body opens one for everything, at debug, for ten minutes', async () => {
    const session = (await (await call('/debug/sessions', { method: 'POST' })).json()) as any
    expect(session).toMatchObject({ level: 'debug', filter: {}, everywhere: true })
    expect(Date.parse(session.expiresAt) - Date.parse(session.openedAt)).toBe(600_000)
  })

  test.each([
    [{ ttlMs: 86_400_001 }, 'ttlMs must be an integer from 1000 to 86400000; received 86400001'],
    [{ level: 'trace' }, 'level must be one of debug, info; received "trace"'],
    [
      { filter: { paht: '/x' } },
      'unknown option "filter.paht"; the options are filter.path, filter.method, filter.header, filter.user, filter.traceId, filter.share',
    ],
    [{ filter: null }, 'filter must be an object; received null'],
    [
      { filter: { header: { Authorization: 'x' } } },
      'a name in filter.header must be a header without credentials, since filters are listed and logged; received "authorization"',
    ],
    [
      { actor: 'ann\nroot' },
      'actor must be a string of 1 to 128 characters on one line; received "ann\\nroot"',
    ],
    [{ actor: null }, 'actor must be a string of 1 to 128 characters on one line; received null'],
    [{ match: 'x' }, 'unknown option "match"; the options are level, filter, ttlMs, actor'],
  ])('refuses %j', async (body, error) => {
    const answer = await openSession(body)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({
      error: `POST /debug/sessions: ${error}`,
      code: 'ERR_DEBUG_OPTION',
    })
    expect(logger.open.size).toBe(0)
  })

  test('the body is bounded and typed', async () => {
    const large = await openSession({ actor: 'x'.repeat(20_000) })
    expect([large.status, await large.json()]).toEqual([
      413,
      { error: 'POST /debug/sessions: body must be at most 16384 bytes; received more' },
    ])
    const form = await call('/debug/sessions', {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      body: 'level=debug',
    })
    expect([form.status, await form.json()]).toEqual([
      415,
      { error: 'POST /debug/sessions: body must be application/json; received "text/plain"' },
    ])
    const headers = { 'Content-Type': 'application/json' }
    const broken = await call('/debug/sessions', { method: 'POST', headers, body: '{' })
    expect([broken.status, await broken.json()]).toEqual([
      400,
      { error: 'POST /debug/sessions: body must be valid JSON; received something else' },
    ])
    const list = await call('/debug/sessions', { method: 'POST', headers, body: '[]' })
    expect([list.status, await list.json()]).toEqual([
      400,
      { error: 'POST /debug/sessions: body must be a JSON object; received an array' },
    ])
    expect(logger.open.size).toBe(0)
  })

  test('no more than maxSessions', async () => {
    await console.shutdown()
    await server.close()
    await start({ maxSessions: 1 })
    expect((await openSession({})).status).toBe(201)
    const second = await openSession({})
    expect(second.status).toBe(409)
    expect(await second.json()).toMatchObject({ code: 'ERR_DEBUG_TOO_MANY_SESSIONS' })
  })
})

describe("Clue's form", () => {
  test('GET tells and changes nothing, whatever it says', async () => {
    for (const query of ['?debug-logs', '?debug-logs=on', '?debug-logs=off']) {
      const answer = await call(`/debug${query}`)
      expect([answer.status, await answer.json()]).toEqual([200, { 'debug-logs': 'off' }])
    }
    expect(logger.open.size).toBe(0)
  })

  test('POST turns on and off, and on again restarts its time', async () => {
    const post = async (to: string) =>
      (await call(`/debug?debug-logs=${to}`, { method: 'POST' })).json()
    expect(await post('on')).toEqual({ 'debug-logs': 'on' })
    expect(await post('on')).toEqual({ 'debug-logs': 'on' })
    expect(console.sessions.list()).toHaveLength(1)
    expect(logger.levelsFor({ url: '/anything' })).toEqual(['debug'])
    expect(await (await call('/debug?debug-logs')).json()).toEqual({ 'debug-logs': 'on' })
    expect(await post('off')).toEqual({ 'debug-logs': 'off' })
    expect(logger.open.size).toBe(0)
    const maybe = await call('/debug?debug-logs=maybe', { method: 'POST' })
    expect([maybe.status, await maybe.json()]).toEqual([
      400,
      {
        error: 'POST /debug: debug-logs must be one of on, off; received "maybe"',
        code: 'ERR_DEBUG_OPTION',
      },
    ])
  })

  test('off leaves sessions for some requests alone', async () => {
    await openSession({ filter: { path: '/orders' } })
    await call('/debug?debug-logs=off', { method: 'POST' })
    expect(console.sessions.list()).toHaveLength(1)
  })
})

describe('what is served', () => {
  test('an index, as JSON or as a page without anything from elsewhere', async () => {
    const json = await call('/debug')
    expect(await json.json()).toEqual({
      'debug-logs': 'off',
      sessions: [],
      stalls: [],
      profiles: expect.objectContaining({ profile: expect.any(String), heap: expect.any(String) }),
    })
    await openSession({ filter: { path: '/<script>alert(1)</script>' }, actor: '"><b>' })
    const page = await call('/debug/', { headers: { Accept: 'text/html' } })
    const html = await page.text()
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    // The same for everybody: what it shows, it asks for.
    expect(html).not.toContain('alert(1)')
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    // A browser runs the script only if its hash is in the header.
    for (const tag of ['script', 'style']) {
      const text = html.split(`<${tag}>`)[1]?.split(`</${tag}>`)[0] ?? ''
      const hash = createHash('sha256').update(text).digest('base64')
      expect(page.headers.get('content-security-policy')).toContain(`${tag}-src 'sha256-${hash}'`)
    }
  })

  test('every answer is not cached, not sniffed and not framed', async () => {
    for (const path of ['/debug', '/debug/sessions', '/debug/nothing', '/debug/pprof/cmdline']) {
      const { headers } = await call(path)
      expect([path, headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual([
        path,
        'no-store',
        'nosniff',
      ])
      expect(headers.get('x-frame-options')).toBe('DENY')
    }
  })

  test.each([
    ['GET', '/debug/nothing', 404],
    ['GET', '/debugger', 404],
    ['GET', '/', 404],
    ['GET', '/debug/pprof/../sessions', 200],
    ['GET', '/debug/pprof/__proto__', 404],
    ['GET', '/debug/pprof/goroutine', 200],
    ['GET', '/debug/pprof/symbol', 200],
    ['POST', '/debug/pprof/symbol', 200],
    ['GET', '/debug/pprof/other', 404],
    ['GET', '/debug/sessions/0123456789ab', 404],
    ['PUT', '/debug/sessions', 405],
    ['OPTIONS', '/debug/sessions', 405],
    ['POST', '/debug', 405],
    ['PUT', '/debug?debug-logs=on', 405],
    ['POST', '/debug/pprof/goroutine', 405],
    ['POST', '/debug/pprof', 405],
    ['POST', '/debug/pprof/profile', 405],
    ['HEAD', '/debug/pprof/profile', 405],
    ['HEAD', '/debug/sessions', 200],
  ])('%s %s: %i', async (method, path, status) => {
    expect((await call(path, { method })).status).toBe(status)
  })

  test('the command line, NUL between its parts', async () => {
    const text = await (await call('/debug/pprof/cmdline')).text()
    expect(text.split('\0')[0]).toBe(process.execPath)
  })
})

describe('who may use it', () => {
  test.each([
    ['127.0.0.1', 200],
    ['127.0.0.1:9090', 200],
    ['[::1]:9090', 200],
    ['10.1.2.3:8081', 200],
    ['localhost:1', 200],
    ['app.localhost', 200],
    ['LOCALHOST', 200],
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['evil.example:8081', 403],
    ['127.0.0.1@evil.example', 403],
    ['', 403],
  ])('Host %j: %i', async (host, status) => {
    expect((await raw('/debug', { Host: host })).status).toBe(status)
  })

  test('names that are allowed may be hosts', async () => {
    await console.shutdown()
    await server.close()
    await start({ allowedHosts: ['Orders.Internal'] })
    expect((await raw('/debug', { Host: 'orders.internal:8081' })).status).toBe(200)
    expect((await raw('/debug', { Host: 'x.orders.internal' })).status).toBe(403)
  })

  test('a page of another site neither reads nor writes', async () => {
    const { port } = server
    const own = { Origin: `http://127.0.0.1:${port}`, 'Sec-Fetch-Site': 'same-origin' }
    expect((await raw('/debug?debug-logs=on', own, 'POST')).status).toBe(200)
    for (const headers of [
      { Origin: 'http://evil.example' },
      { Origin: 'null' },
      { Origin: `http://127.0.0.1:${port + 1}` },
      { Origin: `http://localhost:${port}` },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ]) {
      for (const method of ['GET', 'POST'])
        expect((await raw('/debug?debug-logs=off', headers as any, method)).status).toBe(403)
    }
    expect(console.sessions.list()).toHaveLength(1)
  })

  test.each(['X-Forwarded-For', 'Forwarded', 'Via', 'X-Real-IP', 'X-Forwarded-Host'])(
    'a request with %s came through a proxy: 403 without a guard',
    async (name) => {
      expect((await raw('/debug', { [name]: '127.0.0.1' })).status).toBe(403)
      expect(reports.at(-1)).toMatchObject({ type: 'debug.denied', level: 'warn' })
    },
  )

  test('a guard decides alone, may name the actor, and fails closed', async () => {
    await console.shutdown()
    await server.close()
    await start({
      guard: async ({ headers }) => {
        if (headers.authorization === 'Bearer throws') throw new Error('down')
        if (headers.authorization === 'Bearer odd') return 'yes' as never
        return headers.authorization === 'Bearer good' && { actor: 'ann@example.com' }
      },
    })
    const as = (token: string) => ({ Authorization: `Bearer ${token}` })
    expect((await raw('/debug', {})).status).toBe(403)
    expect((await raw('/debug', as('throws'))).status).toBe(503)
    expect((await raw('/debug', as('odd'))).status).toBe(403)
    expect((await raw('/debug', { ...as('good'), 'X-Forwarded-For': '1.2.3.4' })).status).toBe(200)
    const headers = { ...as('good'), 'Content-Type': 'application/json' }
    const body = JSON.stringify({ actor: 'somebody else' })
    await call('/debug/sessions', { method: 'POST', headers, body })
    expect(console.sessions.list()[0]?.actor).toBe('ann@example.com')
    expect(JSON.stringify(reports)).not.toContain('Bearer')
  })

  test('refusals are reported, ten a minute', async () => {
    for (let i = 0; i < 15; i++) await raw('/debug', { Host: 'evil.example' })
    expect(reports.filter(({ type }) => type === 'debug.denied')).toHaveLength(10)
  })
})
