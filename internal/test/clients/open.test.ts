import { once } from 'node:events'
import { get } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Listening, listen } from '@clew/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import * as undici7 from 'undici'
import * as undici6 from 'undici6'
import { WebSocketServer } from 'ws'
import type { CallVerdict } from '../../src/clients/call.ts'
import { watchNodeHttp } from '../../src/clients/node-http.ts'
import { watchUndici } from '../../src/clients/undici.ts'

// Calls of whose end nobody tells: a body that is not read, and a connection that is handed over.

let server: Listening
let sockets: WebSocketServer
beforeAll(async () => {
  server = await listen((req, res) => {
    res.writeHead(req.url === '/missing' ? 404 : 200)
    if (req.url === '/events') res.write('event')
    // More than what is buffered on the way.
    else res.end(Buffer.alloc(32 * 1024 * 1024))
  })
  server.server.on('connect', (_req, socket: Duplex) => {
    socket.end('HTTP/1.1 200 Connected\r\n\r\n')
  })
  sockets = new WebSocketServer({ server: server.server })
})
afterAll(async () => {
  for (const socket of sockets.clients) socket.terminate()
  sockets.close()
  await server.close()
})

const stops: (() => void)[] = []
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) stop()
  for (const close of closers.splice(0)) await close()
})

type Watch = typeof watchNodeHttp | typeof watchUndici

/** The verdicts of the calls that `watch` observes. */
function verdicts(watch: Watch, idleMs?: number) {
  const found: CallVerdict[] = []
  let tell = () => {}
  stops.push(
    watch(
      () => ({
        ended(verdict) {
          found.push(verdict)
          tell()
        },
      }),
      idleMs,
    ),
  )
  const first = async () => {
    if (found.length === 0) await new Promise<void>((resolve) => (tell = resolve))
    return found[0] as CallVerdict
  }
  return { found, first }
}

const callers: Record<string, [Watch, (url: string) => Promise<unknown>]> = {
  'undici 7': [
    watchUndici,
    async (url) => {
      const client = new undici7.Client(new URL(url).origin)
      closers.push(() => client.destroy())
      const { body } = await client.request({ method: 'GET', path: new URL(url).pathname })
      body.on('error', () => {})
    },
  ],
  'undici 6': [
    watchUndici,
    async (url) => {
      const client = new undici6.Client(new URL(url).origin)
      closers.push(() => client.destroy())
      const { body } = await client.request({ method: 'GET', path: new URL(url).pathname })
      body.on('error', () => {})
    },
  ],
  'the fetch of Node': [
    watchUndici,
    async (url) => {
      const response = await fetch(url)
      closers.push(() => response.body?.cancel())
    },
  ],
  'node:http': [
    watchNodeHttp,
    async (url) => {
      const sent = get(url, { agent: false }).on('error', () => {})
      const [response] = await once(sent, 'response')
      response.on('error', () => {})
      closers.push(() => sent.destroy())
    },
  ],
}

describe.each(Object.entries(callers))('a body of %s that nobody reads', (_name, [watch, call]) => {
  test.each([
    ['a large one', '/', 200],
    ['a stream that pauses', '/events', 200],
    ['one with a status', '/missing', 404],
  ])('%s: the call has ended when the last byte came', async (_title, path, status) => {
    const { found, first } = verdicts(watch, 40)
    const before = performance.now()
    await call(server.url + path)
    const verdict = await first()
    expect(verdict).toMatchObject({ outcome: 'answered', status, error: undefined })
    expect(verdict.endedMs).toBeGreaterThanOrEqual(before)
    expect(verdict.endedMs).toBeLessThan(performance.now())
    // It ends once, whatever comes later.
    for (const close of closers.splice(0)) await close()
    expect(found).toHaveLength(1)
  })

  test('ends when the observation stops', async () => {
    const { found } = verdicts(watch)
    await call(`${server.url}/events`)
    for (const stop of stops.splice(0)) stop()
    expect(found).toMatchObject([{ outcome: 'answered', status: 200 }])
  })
})

const webSockets: [string, typeof WebSocket | undefined][] = [
  ['undici 7', undici7.WebSocket as never],
  ['undici 6', undici6.WebSocket as never],
  // Since Node 22.
  ['Node', globalThis.WebSocket],
]

describe.each(webSockets.filter(([, WebSocket]) => WebSocket !== undefined))(
  '%s',
  (_name, given) => {
    const WebSocket = given as NonNullable<typeof given>

    test('a WebSocket is an upgrade', async () => {
      const { found, first } = verdicts(watchUndici)
      const socket = new WebSocket(server.url.replace('http', 'ws'))
      await new Promise((resolve) => socket.addEventListener('open', resolve))
      expect(await first()).toEqual({ outcome: 'upgraded', status: 101, error: undefined })
      const closed = new Promise((resolve) => socket.addEventListener('close', resolve))
      socket.close()
      await closed
      expect(found).toHaveLength(1)
    })

    test('a WebSocket that is refused is answered', async () => {
      const refusing = await listen((_req, res) => res.writeHead(403).end())
      closers.push(() => refusing.close())
      const { first } = verdicts(watchUndici)
      const socket = new WebSocket(refusing.url.replace('http', 'ws'))
      socket.addEventListener('error', () => {})
      expect((await first()).outcome).not.toBe('upgraded')
    })
  },
)

describe.each<[string, typeof undici7]>([
  ['undici 7', undici7],
  ['undici 6', undici6 as never],
])('%s', (_name, undici) => {
  test('upgrade and connect are upgrades', async () => {
    const client = new undici.Client(server.url)
    closers.push(() => client.destroy())
    const upgrade = verdicts(watchUndici)
    const headers = {
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    }
    const upgraded = await client.upgrade({ path: '/', protocol: 'websocket', headers })
    upgraded.socket.on('error', () => {}).destroy()
    expect(await upgrade.first()).toMatchObject({ outcome: 'upgraded', error: undefined })
    for (const stop of stops.splice(0)) stop()
    const connect = verdicts(watchUndici)
    const connected = await client.connect({ path: 'example.com:443' })
    connected.socket.on('error', () => {}).destroy()
    expect(await connect.first()).toMatchObject({ outcome: 'upgraded', error: undefined })
  })
})
