import { once } from 'node:events'
import { type Listening, listen } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { WebSocket as UndiciWebSocket } from 'undici'
import { WebSocket, WebSocketServer } from 'ws'
import { memory } from '../memory.ts'

const spans = memory()
let tracing: trace.Tracing
let server: Listening
let sockets: WebSocketServer

beforeEach(async () => {
  spans.spans.length = 0
  tracing = await trace.configure({ service: { name: 't' }, exporter: spans, sampler: 'always' })
  server = await listen((req, res) =>
    res.end(req.url === '/large' ? Buffer.alloc(32 * 1024 * 1024) : ''),
  )
  sockets = new WebSocketServer({ server: server.server })
})
afterEach(async () => {
  for (const socket of sockets.clients) socket.terminate()
  sockets.close()
  await server.close()
  await tracing.shutdown()
})

const send = (socket: WebSocket, name: string, body: unknown) =>
  trace.send(name, {}, (headers) => socket.send(JSON.stringify({ headers, body })))

test('each message of a socket continues the trace of who sent it, in both directions', async () => {
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { headers, body } = JSON.parse(String(data))
      void trace.receive('order received', headers, async () => {
        await trace.span(`handle ${body}`, async () => {})
        send(socket, 'receipt sent', body)
      })
    })
  })
  const client = new WebSocket(server.url.replace('http', 'ws'))
  await once(client, 'open')
  const receipts: string[] = []
  const all = new Promise<void>((resolve) => {
    client.on('message', (data) => {
      const { headers, body } = JSON.parse(String(data))
      trace.receive('receipt received', headers, () => receipts.push(body))
      if (receipts.length === 2) resolve()
    })
  })
  for (const body of ['a', 'b']) trace.span(`order ${body}`, () => send(client, 'order sent', body))
  await all
  client.close()
  await tracing.flush()

  expect(receipts.sort()).toEqual(['a', 'b'])
  for (const body of ['a', 'b']) {
    const { traceId } = spans.named(`order ${body}`).spanContext()
    const own = spans.spans.filter((span) => span.spanContext().traceId === traceId)
    const parentOf = (name: string) => {
      const child = own.find((span) => span.name === name)
      return own.find((span) => span.spanContext().spanId === child?.parentSpanContext?.spanId)
        ?.name
    }
    expect(own).toHaveLength(6)
    expect(parentOf('order sent')).toBe(`order ${body}`)
    expect(parentOf('order received')).toBe('order sent')
    expect(parentOf(`handle ${body}`)).toBe('order received')
    expect(parentOf('receipt sent')).toBe('order received')
    expect(parentOf('receipt received')).toBe('receipt sent')
  }
})

test('the call that opens a WebSocket of undici has a span', async () => {
  const client = new UndiciWebSocket(server.url.replace('http', 'ws'))
  await new Promise((resolve) => client.addEventListener('open', resolve))
  client.close()
  await tracing.flush()
  const span = spans.named('GET')
  expect(span).toMatchObject({ kind: 2, status: { code: 0 } })
  expect(span.attributes).toMatchObject({ 'http.response.status_code': 101 })
})

test('a call whose body nobody reads is sent at the latest by shutdown', async () => {
  const response = await fetch(`${server.url}/large`)
  await tracing.shutdown()
  expect(spans.named('GET').attributes).toMatchObject({ 'http.response.status_code': 200 })
  await response.body?.cancel()
})

test('messages that are no messages harm nobody', async () => {
  const received: unknown[] = []
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { headers, body } = (JSON.parse(String(data)) ?? {}) as {
        headers?: never
        body?: unknown
      }
      trace.receive('order received', headers, () => received.push(body))
      socket.send('next')
    })
  })
  const client = new WebSocket(server.url.replace('http', 'ws'))
  await once(client, 'open')
  const bodies = [
    null,
    { headers: null },
    { headers: 7 },
    { headers: [] },
    { headers: {}, body: 1 },
  ]
  for (const body of bodies) {
    client.send(JSON.stringify(body))
    await once(client, 'message')
  }
  client.close()
  expect(received).toEqual([undefined, undefined, undefined, undefined, 1])
})
