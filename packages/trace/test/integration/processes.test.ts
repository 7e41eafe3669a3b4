import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Collector, listen, nodeEval, startCollector } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'

// On the built package, in processes of their own.
const cwd = fileURLToPath(new URL('../..', import.meta.url))
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function collect(): Promise<Collector> {
  const collector = await startCollector()
  closing.push(() => collector.close())
  return collector
}

async function run(program: string, env: Record<string, string> = {}) {
  const child = nodeEval(program, { cwd, env })
  const { code } = await child.exit
  return { code, stdout: child.stdout, stderr: child.stderr }
}

const configure = `
  import * as trace from '@clew/trace'
  const tracing = await trace.configure({ service: { name: 'child' }, exporter: trace.otlp(), sampler: 'always' })`

test('the ESM and the CommonJS copy in one process share tracing, and make one client span', async () => {
  const collector = await collect()
  const { url, close } = await listen((_req, res) => res.end())
  closing.push(close)
  const { code, stdout, stderr } = await run(
    `${configure}
    import { createRequire } from 'node:module'
    const cjs = createRequire(process.cwd() + '/x.js')('@clew/trace')
    if (cjs.span === trace.span) throw new Error('there is only one copy')
    await cjs.span('from-cjs', () => trace.span('from-esm', () => fetch('${url}').then((r) => r.text())))
    await tracing.shutdown()
    const again = await cjs.configure({ service: { name: 'other' } })
    await trace.configure({ service: { name: 'third' } })
    await again.shutdown()`,
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
  )
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  })
  expect(collector.spans.map((span) => span.name).sort()).toEqual(['GET', 'from-cjs', 'from-esm'])
  const named = (name: string) => collector.spans.find((span) => span.name === name)
  expect(named('from-esm')?.parentSpanId).toBe(named('from-cjs')?.spanId)
  expect(named('GET')?.parentSpanId).toBe(named('from-esm')?.spanId)
})

test('two processes, one trace: Express, undici, Express', async () => {
  const collector = await collect()
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_BSP_SCHEDULE_DELAY: '50' }
  const service = (name: string, handler: string) =>
    nodeEval(
      `import * as trace from '@clew/trace'
      import express from 'express'
      import { request } from 'undici'
      await trace.configure({ service: { name: '${name}' }, exporter: trace.otlp(), sampler: 'always' })
      const app = express()
      app.use(trace.http())
      app.get('/${name}/:id', ${handler})
      app.listen(0, '127.0.0.1', function () { console.log('port', this.address().port) })`,
      { cwd, env },
    )
  const payments = service('payments', `(req, res) => res.status(402).json({ id: req.params.id })`)
  const [, port] = await payments.until(/port (\d+)/)
  const orders = service(
    'orders',
    `async (req, res) => {
      const answer = await request('http://127.0.0.1:${port}/payments/' + req.params.id)
      res.status(answer.statusCode).json(await answer.body.json())
    }`,
  )
  closing.push(async () => {
    orders.kill('SIGKILL')
    payments.kill('SIGKILL')
  })
  const [, front] = await orders.until(/port (\d+)/)
  expect((await fetch(`http://127.0.0.1:${front}/orders/7`)).status).toBe(402)
  const spans = await collector.until(
    ({ spans }) => spans.filter((span) => span.kind !== 'internal').length >= 3 && spans,
  )
  const server = spans.find((span) => span.name === 'GET /orders/:id')
  const client = spans.find((span) => span.kind === 'client')
  const next = spans.find((span) => span.name === 'GET /payments/:id')
  expect(server).toMatchObject({
    parentSpanId: '',
    status: 'unset',
    resource: { 'service.name': 'orders' },
  })
  expect(client).toMatchObject({
    parentSpanId: server?.spanId,
    status: 'error',
    traceId: server?.traceId,
  })
  expect(next).toMatchObject({
    parentSpanId: client?.spanId,
    traceId: server?.traceId,
    status: 'unset',
    resource: { 'service.name': 'payments' },
    attributes: { 'http.response.status_code': 402 },
  })
})

test('headers and endpoint of the environment win; the code adds what is not there', async () => {
  const collector = await collect()
  await run(
    `import * as trace from '@clew/trace'
    const tracing = await trace.configure({
      service: { name: 'child' },
      sampler: 'always',
      exporter: trace.otlp({ endpoint: 'http://127.0.0.1:1', headers: { 'x-a': 'code', 'x-b': 'code' }, compression: 'gzip' }),
    })
    trace.span('s', () => {})
    await tracing.shutdown()`,
    {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-a=env',
    },
  )
  expect(collector.spans).toHaveLength(1)
  expect(collector.metadata[0]).toMatchObject({ 'x-a': 'env', 'x-b': 'code' })
})

test.each([
  ['by the option', `{ protocol: 'http/protobuf', endpoint: process.env.HERE }`, {}],
  [
    'by the environment',
    `{ endpoint: process.env.HERE }`,
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
  ],
])('OTLP over HTTP %s, and the exporter’s own calls are not traced', async (_how, options, env) => {
  const requests: { url: string | undefined; type: string | undefined; size: number }[] = []
  const { url, close } = await listen((req, res) => {
    let size = 0
    req.on('data', (chunk) => {
      size += chunk.length
    })
    req.on('end', () => {
      requests.push({ url: req.url, type: req.headers['content-type'], size })
      expect(req.headers.traceparent).toBeUndefined()
      res.end()
    })
  })
  closing.push(close)
  const { stdout, stderr } = await run(
    `import * as trace from '@clew/trace'
    const tracing = await trace.configure({ service: { name: 'child' }, sampler: 'always', exporter: trace.otlp(${options}) })
    trace.span('s', () => {})
    await tracing.flush()
    await tracing.shutdown()
    console.log(tracing.counts())`,
    { HERE: url, ...env },
  )
  expect({ stdout, stderr }).toEqual({
    stdout: '{ exported: 1, dropped: 0, failed: 0, rejected: 0 }\n',
    stderr: '',
  })
  expect(requests).toEqual([
    { url: '/v1/traces', type: 'application/x-protobuf', size: expect.any(Number) },
  ])
})

test('OTEL_LOG_LEVEL shows what OpenTelemetry itself says, and nothing without it', async () => {
  const program = `
    import * as trace from '@clew/trace'
    const exporter = { export: (spans, done) => done({ code: 0 }), shutdown: async () => {} }
    const tracing = await trace.configure({ service: { name: 'child' }, exporter, sampler: 'always' })
    trace.span('twice', (span) => span.end())
    await tracing.shutdown()`
  const said = await run(program, { OTEL_LOG_LEVEL: 'error' })
  expect(said.stderr).toMatch(/^opentelemetry error: .*You can only call end\(\) on a span once/)
  expect((await run(program)).stderr).toBe('')
  expect((await run(program, { OTEL_LOG_LEVEL: 'none' })).stderr).toBe('')
})

test('a protocol that is not supported is named when the service starts', async () => {
  const { code, stderr } = await run(configure, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' })
  expect(code).not.toBe(0)
  expect(stderr).toContain(
    'OTEL_EXPORTER_OTLP_PROTOCOL must be grpc or http/protobuf; received "http/json"',
  )
})

describe('a collector that is down', () => {
  const underLoad = `${configure}
    for (let round = 0; round < 20; round++) {
      for (let at = 0; at < 1000; at++) trace.span('s', () => {})
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await tracing.shutdown()
    const { exported, dropped, failed } = tracing.counts()
    console.log(exported, dropped + failed, dropped > 17_000)`

  async function on(listener: (socket: import('node:net').Socket) => void): Promise<string> {
    const server: Server = createServer((socket) => {
      socket.on('error', () => {})
      closing.push(async () => socket.destroy())
      listener(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(async () => server.close())
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`
  }

  test.each([
    ['refuses', async () => 'http://127.0.0.1:1'],
    ['swallows', () => on(() => {})],
    [
      'answers one byte now and then',
      () =>
        on((socket) => {
          const timer = setInterval(() => socket.write('x'), 1000)
          socket.on('close', () => clearInterval(timer))
        }),
    ],
    ['closes mid-call', () => on((socket) => void socket.once('data', () => socket.destroy()))],
  ])('%s: bounded queue, few lines on stderr, shutdown in time, exit 0', async (_how, start) => {
    const { code, stdout, stderr } = await run(underLoad, {
      OTEL_EXPORTER_OTLP_ENDPOINT: await start(),
    })
    expect({ code, stdout }).toEqual({ code: 0, stdout: '0 20000 true\n' })
    const lines = stderr.trim().split('\n')
    expect(lines.length).toBeLessThanOrEqual(4)
    for (const line of lines) expect(line).toMatch(/^@clew\/trace warn: \w/)
    expect(stderr).toMatch(/spans (?:are dropped|cannot be exported|were not exported)|given up/)
  })
})
