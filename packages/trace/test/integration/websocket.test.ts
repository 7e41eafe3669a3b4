import { once } from 'node:events'
import { type Listening, listen } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { WebSocket, WebSocketServer } from 'ws'
import { memory } from '../memory.ts'

const spans = memory()
let tracing: trace.Tracing
let server: Listening
let sockets: WebSocketServer

beforeEach(async () => {
  spans.spans.length = 0
  tracing = await trace.configure({ service: { name: 't' }, exporter: spans, sampler: 'always' })
  server = await listen((_req, res) => res.end())
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
