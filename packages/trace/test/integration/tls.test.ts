import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { fileURLToPath } from 'node:url'
import { listen, nodeEval } from '@clew/testing'
import * as grpc from '@grpc/grpc-js'
import { afterEach, expect, test } from '@jest/globals'

// The certificates are of a test authority of their own, good for 127.0.0.1 until 2126.
const cwd = fileURLToPath(new URL('../..', import.meta.url))
const file = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const pem = (name: string) => readFileSync(file(name))
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const empty = { serialize: () => Buffer.alloc(0), deserialize: (bytes: Buffer) => bytes }

/** A collector that wants a client certificate, and counts the exports. */
async function collector() {
  const got = { exports: 0 }
  const server = new grpc.Server()
  closing.push(() => server.forceShutdown())
  server.addService(
    {
      export: {
        path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        requestStream: false,
        responseStream: false,
        requestSerialize: empty.serialize,
        requestDeserialize: empty.deserialize,
        responseSerialize: empty.serialize,
        responseDeserialize: empty.deserialize,
      },
    },
    {
      export(_call: unknown, reply: grpc.sendUnaryData<object>) {
        got.exports++
        reply(null, {})
      },
    },
  )
  const keys = [{ private_key: pem('server.key'), cert_chain: pem('server.pem') }]
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      '127.0.0.1:0',
      grpc.ServerCredentials.createSsl(pem('ca.pem'), keys, true),
      (error, bound) => (error ? reject(error) : resolve(bound)),
    )
  })
  // Not by its address: on Node 26, grpc-js fails to connect to an IP address over TLS.
  return { got, endpoint: `https://localhost:${port}` }
}

async function send(options: string, env: Record<string, string> = {}) {
  const child = nodeEval(
    `import { readFileSync } from 'node:fs'
    import * as trace from '@clew/trace'
    const pem = (name) => readFileSync('test/fixtures/' + name)
    const tracing = await trace.configure({ service: { name: 'tls' }, sampler: 'always', exporter: trace.otlp(${options}) })
    trace.span('s', () => {})
    await tracing.shutdown()
    console.log(tracing.counts().exported)`,
    { cwd, env },
  )
  await child.exit
  return child
}

const tls = `tls: { ca: pem('ca.pem'), cert: pem('client.pem'), key: pem('client.key') }`

test('gRPC with our certificate authority and a client certificate', async () => {
  const { got, endpoint } = await collector()
  expect((await send(`{ endpoint: '${endpoint}', ${tls} }`)).stdout).toBe('1\n')
  expect(got.exports).toBe(1)
})

test('gRPC with the certificates of the environment, which win', async () => {
  const { endpoint } = await collector()
  const child = await send(`{ endpoint: '${endpoint}', tls: { ca: 'not a certificate' } }`, {
    OTEL_EXPORTER_OTLP_CERTIFICATE: file('ca.pem'),
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: file('client.pem'),
    OTEL_EXPORTER_OTLP_CLIENT_KEY: file('client.key'),
  })
  expect(child.stdout).toBe('1\n')
})

test('an authority that nobody trusts: not sent, and said', async () => {
  const { got, endpoint } = await collector()
  const child = await send(`{ endpoint: '${endpoint}' }`)
  expect(child.stdout).toBe('0\n')
  expect(child.stderr).toContain('spans cannot be exported')
  expect(got.exports).toBe(0)
})

test('HTTP with our certificate authority and a client certificate', async () => {
  let exports = 0
  const server = createServer(
    { key: pem('server.key'), cert: pem('server.pem'), ca: pem('ca.pem'), requestCert: true },
    (req, res) => {
      exports++
      req.resume().on('end', () => res.end())
    },
  )
  const { port, close } = await listen(server as never)
  closing.push(close)
  const endpoint = `https://127.0.0.1:${port}`
  const child = await send(`{ protocol: 'http/protobuf', endpoint: '${endpoint}', ${tls} }`)
  expect(child.stdout).toBe('1\n')
  expect(exports).toBe(1)
})
