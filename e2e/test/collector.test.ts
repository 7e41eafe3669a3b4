// What two services export, as received by our own receiver and, if installed, by the OpenTelemetry
// Collector.
import { fileURLToPath } from 'node:url'
import {
  type Attributes,
  type Child,
  type Collector,
  type MetricPoint,
  nodeEval,
  type Span,
  startCollector,
  startOtelcol,
} from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { afterEach, describe, expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const children: Child[] = []
let collector: Collector | undefined

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(children.splice(0).map((child) => child.exit))
  await collector?.close()
  collector = undefined
})

/** Starts a service with traces and metrics, which exports when it is stopped. */
async function startService(
  name: string,
  env: Record<string, string>,
  body: string,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const child = nodeEval(
    `import * as metrics from '@clew/metrics'
    import * as trace from '@clew/trace'
    import express from 'express'
    import { request } from 'undici'
    const service = { name: '${name}', version: '1.2.3' }
    const tracing = await trace.configure({ service, exporter: trace.otlp(), sampler: 'always' })
    const meters = await metrics.configure({ service, exporter: metrics.otlp(), runtime: false })
    const app = express()
    app.use(tracing.http())
    app.use(meters.http())
    ${body}
    const server = app.listen(0, '127.0.0.1', () => console.log('port', server.address().port))
    process.once('SIGTERM', async () => {
      await Promise.all([tracing.shutdown(), meters.shutdown()])
      process.exit(0)
    })`,
    { cwd, env },
  )
  children.push(child)
  const [, port] = await child.until(/port (\d+)/)
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill()
      expect({ ...(await child.exit), stderr: child.stderr }).toEqual({
        code: 0,
        signal: null,
        stderr: '',
      })
    },
  }
}

/** Sends one order through both services, and stops them, so that `to` has received everything. */
async function order(to: Collector, env: Record<string, string>): Promise<void> {
  const payments = await startService(
    'payments',
    env,
    `app.post('/payments/:id', (req, res) => trace.span('charge', () => res.status(402).end()))`,
  )
  const orders = await startService(
    'orders',
    env,
    `const created = metrics.counter('orders', { description: 'Orders created', unit: '{order}' })
    const waiting = metrics.upDownCounter('orders.waiting')
    const load = metrics.gauge('load', { unit: '1' })
    const weight = metrics.histogram('order.weight', { unit: 'kg', boundaries: [1, 10] })
    app.post('/orders/:id', async (req, res) => {
      await trace.span('create_order', { 'order.id': Number(req.params.id), tags: ['a', 'b'], ratio: 0.5 }, async () => {
                const response = await request('${payments.url}/payments/7?token=abc&n=1', { method: 'POST' })
        await response.body.dump()
      })
      created.add(3, { type: 'book' })
      created.add(4, { type: 'book' })
      created.add(0.5, { type: 'pen' })
      waiting.add(5)
      waiting.add(-7)
      load.record(0.25)
      for (const kg of [0.5, 1, 2, 11.5]) weight.record(kg)
      res.status(201).end()
    })`,
  )
  const { status } = await fetch(`${orders.url}/orders/42`, { method: 'POST' })
  expect(status).toBe(201)
  await Promise.all([orders.stop(), payments.stop()])
  // The spans and the metrics of a process name the same instance.
  const instancesOf = (list: readonly { readonly resource: Attributes }[]) =>
    [
      ...new Set(
        list.map(
          ({ resource }) => `${resource['service.name']} ${resource['service.instance.id']}`,
        ),
      ),
    ].sort()
  expect(instancesOf(to.spans)).toEqual([
    expect.stringMatching(/^orders [\da-f-]{36}$/),
    expect.stringMatching(/^payments [\da-f-]{36}$/),
  ])
  expect(instancesOf(to.points)).toEqual(instancesOf(to.spans))
}

function expectOneTrace(spans: readonly Span[]): void {
  const find = (service: string, kind: string) =>
    spans.find((span) => span.resource['service.name'] === service && span.kind === kind)
  const [entry, work, call] = ['server', 'internal', 'client'].map((kind) => find('orders', kind))
  const [charged, charge] = ['server', 'internal'].map((kind) => find('payments', kind))
  expect(spans).toHaveLength(5)
  expect(new Set(spans.map((span) => span.traceId)).size).toBe(1)
  expect(entry).toMatchObject({
    name: 'POST /orders/:id',
    parentSpanId: '',
    status: 'unset',
    attributes: { 'http.route': '/orders/:id', 'http.response.status_code': 201 },
    resource: { 'service.name': 'orders', 'service.version': '1.2.3' },
    scope: '@clew/trace',
  })
  expect(work).toMatchObject({
    name: 'create_order',
    parentSpanId: entry?.spanId,
    attributes: { 'order.id': 42, tags: ['a', 'b'], ratio: 0.5 },
  })
  expect(call).toMatchObject({
    name: 'POST',
    parentSpanId: work?.spanId,
    status: 'error',
    attributes: { 'http.response.status_code': 402, 'error.type': '402' },
  })
  expect(call?.attributes['url.full']).toMatch(/\/payments\/7\?token=REDACTED&n=1$/)
  expect(charged).toMatchObject({ name: 'POST /payments/:id', parentSpanId: call?.spanId })
  expect(charge).toMatchObject({ name: 'charge', parentSpanId: charged?.spanId })
}

function expectExactValues(points: readonly MetricPoint[]): void {
  const named = (name: string, service = 'orders') =>
    points.filter((point) => point.name === name && point.resource['service.name'] === service)
  const created = named('orders').toSorted((a, b) => b.value - a.value)
  expect(created).toMatchObject([
    { value: 7, attributes: { type: 'book' }, type: 'sum', monotonic: true, unit: '{order}' },
    { value: 0.5, attributes: { type: 'pen' }, description: 'Orders created' },
  ])
  expect(created[0]?.temporality).toBe('cumulative')
  expect(named('orders.waiting')).toMatchObject([{ value: -2, type: 'sum', monotonic: false }])
  expect(named('load')).toMatchObject([{ value: 0.25, type: 'gauge', unit: '1' }])
  expect(named('order.weight')).toMatchObject([
    { value: 15, count: 4, bounds: [1, 10], buckets: [2, 1, 1], type: 'histogram', unit: 'kg' },
  ])
  const durations = (service: string) => named('http.server.request.duration', service)
  const request = { 'http.request.method': 'POST', 'url.scheme': 'http' }
  expect(durations('orders')).toMatchObject([
    {
      count: 1,
      unit: 's',
      attributes: { ...request, 'http.route': '/orders/:id', 'http.response.status_code': 201 },
    },
  ])
  expect(durations('payments')).toMatchObject([
    {
      count: 1,
      attributes: { ...request, 'http.route': '/payments/:id', 'http.response.status_code': 402 },
    },
  ])
}

describe('our own receiver', () => {
  test('an order through two services over grpc: one trace, exact values', async () => {
    collector = await startCollector()
    await order(collector, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint })
    expectOneTrace(collector.spans)
    expectExactValues(collector.points)
  })
})

describeWith('otelcol', 'the OpenTelemetry Collector', () => {
  test.each(['grpc', 'http/protobuf'])(
    'an order through two services over %s: one trace, exact values',
    async (protocol) => {
      const otelcol = await startOtelcol()
      collector = otelcol
      await order(otelcol, {
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? otelcol.endpoint : otelcol.httpEndpoint,
      })
      expectOneTrace(otelcol.spans)
      expectExactValues(otelcol.points)
      const text = await (await fetch(otelcol.prometheusUrl)).text()
      const lines = text.split('\n').filter((line) => line.startsWith('orders_total{'))
      expect(lines.map((line) => /type="(\w+)".* (\S+)$/.exec(line)?.slice(1))).toEqual([
        ['book', '7'],
        ['pen', '0.5'],
      ])
    },
  )

  test('gzip, and an error with its stack trace', async () => {
    collector = await startOtelcol()
    const service = await startService(
      'orders',
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      },
      `app.get('/', (req, res) => {
        try { trace.span('fails', () => { throw new RangeError('too much') }) } catch {}
        res.end()
      })`,
    )
    await (await fetch(service.url)).text()
    await service.stop()
    const failed = collector.spans.find((span) => span.name === 'fails')
    expect(failed).toMatchObject({
      status: 'error',
      statusMessage: 'too much',
      attributes: { 'error.type': 'RangeError' },
      events: [{ name: 'exception', attributes: { 'exception.type': 'RangeError' } }],
    })
    expect(failed?.events[0]?.attributes['exception.stacktrace']).toContain('RangeError: too much')
  })
})
