import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import * as health from '@clew/health'
import { afterEach, expect, test } from '@jest/globals'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function target(onSocket: (socket: Socket) => void) {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {})
    onSocket(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => server.listening && server.close())
  return { server, port: (server.address() as { port: number }).port }
}

async function asked(pinger: health.Pinger) {
  const { checks } = await health.checker([pinger], { cacheMs: 0 }).check()
  return checks[0]!
}

test('something listens: up, and the connection is closed without a byte', async () => {
  let end: Promise<unknown> | undefined
  const bytes: Buffer[] = []
  const { port } = await target((socket) => {
    socket.on('data', (chunk) => bytes.push(chunk))
    end = once(socket, 'close')
  })
  expect(await asked(health.tcpPinger('redis', { host: '127.0.0.1', port }))).toMatchObject({
    up: true,
  })
  await end
  expect(bytes).toEqual([])
})

test('nothing listens: down with the reason', async () => {
  const { server, port } = await target(() => {})
  server.close()
  await once(server, 'close')
  expect(await asked(health.tcpPinger('redis', `127.0.0.1:${port}`))).toMatchObject({
    up: false,
    code: 'ECONNREFUSED',
    error: `connect ECONNREFUSED 127.0.0.1:${port}`,
  })
})

test('no answer at all: down after timeoutMs, and the socket is gone', async () => {
  // Like a name lookup or SYN without an answer: the connection never opens or fails.
  const pinger = health.tcpPinger('redis', '192.0.2.1:6379', { timeoutMs: 50 })
  const check = await asked(pinger)
  expect(check).toMatchObject({ up: false, stuck: false })
  // Without a route the kernel refuses at once.
  expect(check.code).toMatch(/^(ERR_HEALTH_TIMEOUT|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED)$/)
})

test('an aborted signal ends the attempt', async () => {
  const { port } = await target(() => {})
  const pinger = health.tcpPinger('redis', `127.0.0.1:${port}`)
  await expect(pinger.ping(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
})

test('bad options are refused', () => {
  expect(() => health.tcpPinger('redis', 'cache:1', { path: '/' } as never)).toThrow(
    expect.objectContaining({ code: 'ERR_HEALTH_OPTION' }),
  )
  expect(() => health.tcpPinger('', 'cache:1')).toThrow(
    expect.objectContaining({ code: 'ERR_HEALTH_NAME' }),
  )
})
