// OTLP over what is not plain gRPC: HTTP, HTTPS with a certificate of our own, gRPC over TLS.
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { gunzipSync } from 'node:zlib'
import * as metrics from '@clew/metrics'
import { type Listening, listen } from '@clew/testing'
import { Server as GrpcServer, ServerCredentials, status } from '@grpc/grpc-js'
import { afterEach, expect, test } from '@jest/globals'

const cert = readFileSync(new URL('../fixtures/tls/cert.pem', import.meta.url), 'utf8')
const key = readFileSync(new URL('../fixtures/tls/key.pem', import.meta.url), 'utf8')
const orders = metrics.counter('orders')

let server: Listening | undefined
let meters: metrics.Meters | undefined

afterEach(async () => {
  await meters?.shutdown()
  await server?.close()
  server = undefined
})

interface Seen {
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

function receiver() {
  const seen: Seen[] = []
  const handle = async (req: IncomingMessage, res: import('node:http').ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    seen.push({ url: req.url, headers: req.headers, body: Buffer.concat(chunks) })
    res.setHeader('content-type', 'application/x-protobuf')
    res.end()
  }
  return { seen, handle: (...both: Parameters<typeof handle>) => void handle(...both) }
}

test('http/protobuf: the path is added, headers and compression apply', async () => {
  const { seen, handle } = receiver()
  server = await listen(createHttpServer(handle))
  meters = await metrics.configure({
    service: { name: 'orders' },
    exporter: metrics.otlp({
      endpoint: server.url,
      protocol: 'http/protobuf',
      headers: { 'x-key': 'k' },
      compression: 'gzip',
    }),
    runtime: false,
  })
  orders.add(1)
  await meters.flush()
  expect(seen).toHaveLength(1)
  expect(seen[0]?.url).toBe('/v1/metrics')
  expect(seen[0]?.headers).toMatchObject({ 'x-key': 'k', 'content-encoding': 'gzip' })
  expect(gunzipSync(seen[0]?.body ?? '').toString('latin1')).toContain('orders')
})

test('https with a certificate authority of our own; without it, the refusal is reported', async () => {
  const { seen, handle } = receiver()
  server = await listen(createHttpsServer({ cert, key }, handle) as never)
  const endpoint = server.url.replace('http:', 'https:')
  meters = await metrics.configure({
    service: { name: 'orders' },
    exporter: metrics.otlp({ endpoint, protocol: 'http/protobuf', tls: { ca: cert } }),
    runtime: false,
  })
  orders.add(1)
  await meters.shutdown()
  expect(seen).toHaveLength(1)

  meters = await metrics.configure({
    service: { name: 'orders' },
    exporter: metrics.otlp({ endpoint, protocol: 'http/protobuf', timeoutMs: 500 }),
    runtime: false,
  })
  const reports: metrics.Report[] = []
  meters.subscribe((report) => reports.push(report))
  orders.add(1)
  await meters.flush()
  expect(reports.map(({ type }) => type)).toEqual(['metrics.export_failed'])
  expect(seen).toHaveLength(1)
})

test('gRPC over TLS, with our certificate shown to the collector', async () => {
  const grpc = new GrpcServer()
  const calls: string[] = []
  grpc.addService(
    {
      Export: {
        path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
        requestStream: false,
        responseStream: false,
        requestDeserialize: (bytes) => bytes,
        responseSerialize: () => Buffer.alloc(0),
        requestSerialize: (bytes: Buffer) => bytes,
        responseDeserialize: (bytes) => bytes,
      },
    },
    {
      Export(call: any, reply: any) {
        calls.push(call.request.toString('latin1'))
        reply(null, { status: status.OK })
      },
    },
  )
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = ServerCredentials.createSsl(Buffer.from(cert), [pair], true)
    grpc.bindAsync('127.0.0.1:0', credentials, (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  meters = await metrics.configure({
    service: { name: 'orders' },
    exporter: metrics.otlp({
      endpoint: `https://localhost:${port}`,
      tls: { ca: cert, cert, key },
    }),
    runtime: false,
  })
  orders.add(1)
  await meters.shutdown()
  grpc.forceShutdown()
  expect(calls).toHaveLength(1)
  expect(calls[0]).toContain('orders')
})
