// What a receiver cannot take, under load, against the real OpenTelemetry Collector: everything else
// arrives, nothing spins, and the shutdown keeps its deadline.
import { fileURLToPath } from 'node:url'
import { type Child, nodeEval, type Otelcol, startOtelcol } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const shutdownTimeoutMs = 20_000

const program = `
  import * as metrics from '@clew/metrics'
  import * as trace from '@clew/trace'
  import { trace as api } from '@opentelemetry/api'
  import { setImmediate as turn } from 'node:timers/promises'

  const options = { service: { name: 'loaded' }, shutdownTimeoutMs: ${shutdownTimeoutMs} }
  const temporality = process.env.TEMPORALITY
  const tracing = await trace.configure({
    ...options, exporter: trace.otlp(), sampler: 'always', queue: { maxQueueSize: 20_000 },
  })
  const meters = await metrics.configure({
    ...options, exporter: metrics.otlp({ temporality }), runtime: false, intervalMs: 50, callbackTimeoutMs: 200,
  })
  const reports = []
  for (const part of [tracing, meters]) part.subscribe(({ type }) => reports.push(type))
  const orders = metrics.counter('orders')
  let hung = 0
  metrics.observableGauge('hangs', () => { hung++; return new Promise(() => {}) })
  metrics.observableGauge('works', () => 1)
  const theirs = api.getTracer('theirs')
  const large = 'x'.repeat(4000)
  let sound = 0
  for (let at = 0; at < 3000; at++) {
    orders.add(1, { type: 'book' })
    if (at % 500 === 7) theirs.startSpan(undefined).end()
    if (at % 500 === 9) {
      theirs.startSpan('link', { links: [{ context: { traceId: 'abc', spanId: 'x', traceFlags: 1 } }] }).end()
    }
    // A batch of these has more than the 4 MiB that the Collector takes.
    const attributes = at < 1200 ? { a: large, b: large, c: large } : {}
    trace.span('sound', attributes, () => sound++)
    if (at % 20 === 0) await turn()
  }
  const startMs = performance.now()
  await Promise.all([tracing.shutdown(), meters.shutdown()])
  console.log(JSON.stringify({
    sound, hung, shutdownMs: performance.now() - startMs, traces: tracing.counts(), points: meters.counts(),
    reports: [...new Set(reports)].sort(),
  }))`

describeWith('otelcol', 'the Collector refuses a part', () => {
  let collector: Otelcol | undefined
  let child: Child | undefined
  beforeAll(async () => {
    collector = await startOtelcol()
  })
  afterAll(async () => {
    child?.kill('SIGKILL')
    await child?.exit
    await collector?.close()
  })

  test.each([
    ['grpc', 'cumulative'],
    ['grpc', 'delta'],
    ['http/protobuf', 'cumulative'],
  ])(
    'poisoned spans, batches of 6 MB and a hanging observable, over %s (%s)',
    async (protocol, temporality) => {
      const { endpoint, httpEndpoint } = collector as Otelcol
      collector?.reset()
      child = nodeEval(program, {
        cwd,
        env: {
          TEMPORALITY: temporality,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? endpoint : httpEndpoint,
        },
      })
      expect({ ...(await child.exit), stderr: child.stderr }).toEqual({
        code: 0,
        signal: null,
        stderr: '',
      })
      const end = JSON.parse(child.stdout)
      expect(end).toMatchObject({
        sound: 3000,
        hung: 1,
        traces: { exported: 3000, dropped: 0, failed: 12, rejected: 0 },
        points: { lost: 0, rejected: 0 },
        reports: ['metrics.callback_failed', 'trace.export_failed', 'trace.spans_lost'],
      })
      expect(end.shutdownMs).toBeLessThan(shutdownTimeoutMs)
      const { spans, points } = collector as Otelcol
      expect(spans.filter(({ name }) => name === 'sound')).toHaveLength(3000)
      const orders = points.filter(({ name }) => name === 'orders').map(({ value }) => value)
      const total =
        temporality === 'delta' ? orders.reduce((sum, value) => sum + value, 0) : orders.at(-1)
      expect(total).toBe(3000)
      expect(points.some(({ name }) => name === 'works')).toBe(true)
      expect(points.some(({ name }) => name === 'hangs')).toBe(false)
    },
  )
})
