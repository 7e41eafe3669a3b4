import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer } from 'node:net'
import * as health from '@clew/health'
import { type Listening, listen } from '@clew/testing'
import { afterEach, expect, test } from '@jest/globals'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function target(handler: RequestListener): Promise<Listening> {
  const listening = await listen(handler)
  cleanups.push(() => listening.close())
  return listening
}

async function asked(address: health.Address, options?: health.HttpPingerOptions) {
  const checker = health.checker([health.httpPinger('cache', address, options)], { cacheMs: 0 })
  cleanups.push(() => checker.shutdown())
  const { checks } = await checker.check()
  return checks[0]!
}

test.each([200, 204, 299])('%i is up', async (status) => {
  const { port } = await target((_, res) => res.writeHead(status).end())
  expect(await asked(`127.0.0.1:${port}`)).toMatchObject({ up: true })
})

test.each([300, 400, 404, 500, 503])('%i is down, and the error says so', async (status) => {
  const { port } = await target((_, res) => res.writeHead(status).end('nope'))
  expect(await asked(`127.0.0.1:${port}`)).toMatchObject({
    up: false,
    code: 'ERR_HEALTH_STATUS',
    error: expect.stringContaining(`GET http://127.0.0.1:${port}/livez answered ${status}`),
  })
})

test('a redirect is not followed', async () => {
  const urls: (string | undefined)[] = []
  const { port } = await target((req, res) => {
    urls.push(req.url)
    res.writeHead(req.url === '/livez' ? 302 : 200, { location: '/elsewhere' }).end()
  })
  expect(await asked(`127.0.0.1:${port}`)).toMatchObject({
    up: false,
    error: expect.stringContaining('answered 302 (redirects are not followed)'),
  })
  expect(urls).toEqual(['/livez'])
})

test('asks as Clue does: GET /livez, on a connection that is closed afterwards', async () => {
  const requests: IncomingMessage[] = []
  const { port, server } = await target((req, res) => {
    requests.push(req)
    res.end('ok')
  })
  let connections = 0
  server.on('connection', () => connections++)
  const checker = health.checker([health.httpPinger('cache', `127.0.0.1:${port}`)], { cacheMs: 0 })
  cleanups.push(() => checker.shutdown())
  await checker.check()
  await checker.check()
  expect(requests).toMatchObject([
    { method: 'GET', url: '/livez', headers: { connection: 'close', 'user-agent': 'clew-health' } },
    { method: 'GET', url: '/livez' },
  ])
  expect(connections).toBe(2)
})

test.each<
  [string, (url: string, port: number) => health.Address, health.HttpPingerOptions, string]
>([
  ['a URL without a path', (url) => url, {}, '/livez'],
  ['a URL with a path', (url) => `${url}/status?full=0`, {}, '/status?full=0'],
  ['a URL object', (url) => new URL('/x#y', url), {}, '/x'],
  ['host and port', (_, port) => ({ host: '127.0.0.1', port }), {}, '/livez'],
  ['a path as option', (_, port) => `127.0.0.1:${port}`, { path: '/up?a=b' }, '/up?a=b'],
  ['a path in both', (url) => `${url}/status`, { path: '/up' }, '/status'],
])('%s', async (_, address, options, path) => {
  const paths: (string | undefined)[] = []
  const { url, port } = await target((req, res) => {
    paths.push(req.url)
    res.end()
  })
  expect(await asked(address(url, port), options)).toMatchObject({ up: true })
  expect(paths).toEqual([path])
})

test('headers and credentials are sent, and shown nowhere', async () => {
  const seen: unknown[] = []
  const { port } = await target((req, res) => {
    seen.push([req.headers.authorization, req.headers['x-token']])
    res.writeHead(503).end()
  })
  const check = await asked(`http://probe:s%40cret@127.0.0.1:${port}/live?token=t0ken`, {
    headers: { 'X-Token': 'hush' },
  })
  expect(seen).toEqual([[`Basic ${Buffer.from('probe:s@cret').toString('base64')}`, 'hush']])
  expect(check.error).toBe(`GET http://127.0.0.1:${port}/live answered 503`)
})

test('no listener: down with the reason', async () => {
  const { port, close } = await listen(() => {})
  await close()
  expect(await asked(`127.0.0.1:${port}`)).toMatchObject({
    up: false,
    code: 'ECONNREFUSED',
    error: `connect ECONNREFUSED 127.0.0.1:${port}`,
  })
})

test('a name that does not resolve: down with the reason', async () => {
  expect(await asked('nowhere.invalid:80')).toMatchObject({
    up: false,
    code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
  })
})

test('a target that hangs: down after timeoutMs, its socket is closed, and it is asked again', async () => {
  let requests = 0
  let closed = () => {}
  const gone = new Promise<void>((resolve) => {
    closed = resolve
  })
  const { port } = await target((req) => {
    requests++
    req.socket.once('close', closed)
  })
  const checker = health.checker(
    [health.httpPinger('cache', `127.0.0.1:${port}`, { timeoutMs: 100 })],
    { cacheMs: 0 },
  )
  cleanups.push(() => checker.shutdown())
  expect((await checker.check()).checks).toMatchObject([{ up: false, code: 'ERR_HEALTH_TIMEOUT' }])
  await gone
  expect((await checker.check()).checks).toMatchObject([
    { code: 'ERR_HEALTH_TIMEOUT', stuck: false },
  ])
  expect(requests).toBe(2)
})

test('headers that drip: down after timeoutMs', async () => {
  const server = createServer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n')
    const drip = setInterval(() => socket.write('X-Drip: 1\r\n'), 10)
    socket.on('error', () => {}).on('close', () => clearInterval(drip))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as { port: number }
  expect(await asked(`127.0.0.1:${port}`, { timeoutMs: 150 })).toMatchObject({
    up: false,
    code: 'ERR_HEALTH_TIMEOUT',
  })
})

test('a body that drips: the headers decide, and the connection is cut', async () => {
  const gone: Promise<unknown>[] = []
  const { port } = await target((_, res) => {
    const drip = setInterval(() => res.write('.'), 10)
    gone.push(once(res, 'close').then(() => clearInterval(drip)))
    res.writeHead(200).write('.')
  })
  expect(await asked(`127.0.0.1:${port}`)).toMatchObject({ up: true })
  await Promise.all(gone)
})

test('a body that drips is cut after maxBodyBytes', async () => {
  let drips = 0
  const gone: Promise<unknown>[] = []
  const { port } = await target((_, res) => {
    const drip = setInterval(() => {
      drips++
      res.write('.')
    }, 10)
    gone.push(once(res, 'close').then(() => clearInterval(drip)))
    res.writeHead(200).write('.')
  })
  expect(await asked(`127.0.0.1:${port}`, { maxBodyBytes: 3 })).toMatchObject({ up: true })
  await Promise.all(gone)
  // The time limit alone would have allowed 25.
  expect(drips).toBeLessThan(15)
})

test('a body without end is read up to maxBodyBytes', async () => {
  let written = 0
  const gone: Promise<unknown>[] = []
  const { port } = await target((_, res) => {
    gone.push(once(res, 'close'))
    const chunk = Buffer.alloc(16_384)
    const pour = () => {
      while (!res.destroyed) {
        written += chunk.length
        if (!res.write(chunk)) return
      }
    }
    res.on('drain', pour).writeHead(200)
    pour()
  })
  expect(await asked(`127.0.0.1:${port}`, { maxBodyBytes: 1_000 })).toMatchObject({ up: true })
  await Promise.all(gone)
  // No more than the buffers of the kernel hold.
  expect(written).toBeLessThan(64 * 1024 * 1024)
})

test('an answer that is not HTTP: down', async () => {
  const server = createServer((socket) =>
    socket
      .on('error', () => {})
      .resume()
      .end('hello?\r\n'),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as { port: number }
  expect(await asked(`127.0.0.1:${port}`)).toMatchObject({
    up: false,
    error: expect.stringContaining('HTTP'),
  })
})

test('shutdown in the middle of a ping closes its socket', async () => {
  let reached = () => {}
  const request = new Promise<void>((resolve) => {
    reached = resolve
  })
  const sockets: Promise<unknown>[] = []
  const { port } = await target((req) => {
    sockets.push(once(req.socket, 'close'))
    reached()
  })
  const checker = health.checker([
    health.httpPinger('cache', `127.0.0.1:${port}`, { timeoutMs: 60_000 }),
  ])
  const running = checker.check()
  await request
  await checker.shutdown()
  await running
  await Promise.all(sockets)
})

test.each<[string, unknown]>([
  ['empty', ''],
  ['no port number', 'cache:http'],
  ['port too high', 'cache:70000'],
  ['blank', 'cache :80'],
  ['path only', '/livez'],
  ['other protocol', 'redis://user:hunter2@cache:6379'],
  ['malformed credentials', 'http://a:%zz@cache'],
  ['nothing', undefined],
  ['number', 8080],
  ['object without port', { host: 'cache' }],
  ['port 0', { host: 'cache', port: 0 }],
  ['host with a path', { host: 'cache/x', port: 80 }],
])('a bad address is refused: %s', (_, address) => {
  const make = () => health.httpPinger('cache', address as string)
  expect(make).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_HEALTH_ADDRESS' }))
  expect(make).not.toThrow(/hunter2/)
})

test.each<[string, unknown]>([
  [
    'path must be a path that starts with / and has no white space; received "livez"',
    { path: 'livez' },
  ],
  [
    'path must be a path that starts with / and has no white space; received "/a b"',
    { path: '/a b' },
  ],
  ['path must be a path that starts with / and has no white space; received 7', { path: 7 }],
  ['headers must be an object; received a function', { headers: () => {} }],
  [
    'headers.x must be a string of characters that HTTP allows; received something else',
    { headers: { x: 'a\r\nb' } },
  ],
  ['a name in headers must be a header name; received "a b"', { headers: { 'a b': 'c' } }],
  ['maxBodyBytes must be an integer of at least 0; received -1', { maxBodyBytes: -1 }],
  ['timeoutMs must be an integer from 1 to 2147483647; received 0', { timeoutMs: 0 }],
  [
    'unknown option "timeout"; the options are timeoutMs, critical, failAfter, recoverAfter, path, headers, maxBodyBytes',
    { timeout: 7 },
  ],
])('a bad option is refused: %s', (message, options) => {
  expect(() => health.httpPinger('cache', 'cache:1', options as object)).toThrow(
    expect.objectContaining({
      name: 'TypeError',
      code: 'ERR_HEALTH_OPTION',
      message: `health.httpPinger: ${message}`,
    }),
  )
})
