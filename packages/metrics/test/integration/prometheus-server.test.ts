// A real Prometheus scrapes the handler, and is asked what it has understood.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as metrics from '@clew/metrics'
import { type Listening, listen } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  type ContextManager,
  context,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api'

interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [time: number, value: string]
}

interface Prometheus {
  /** Asks again until there is an answer that satisfies `enough`. */
  query(expression: string, enough?: (series: readonly Series[]) => boolean): Promise<Series[]>
  api(path: string): Promise<unknown>
  stop(): Promise<void>
}

const sampledSpan = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
}

/** Calls `fn` in the context of a span, without a tracing SDK. */
function within(span: SpanContext, fn: () => void): void {
  context.setGlobalContextManager({
    active: () => trace.setSpanContext(ROOT_CONTEXT, span),
    disable() {},
  } as ContextManager)
  fn()
  context.disable()
}

const boundOf = (le: string | undefined) => (le === '+Inf' ? Infinity : Number(le))

const pause = () => new Promise((resolve) => setTimeout(resolve, 50))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function startPrometheus(target: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'clew-prometheus-'))
  const port = await freePort()
  await writeFile(
    join(folder, 'prometheus.yml'),
    `global: { scrape_interval: 200ms, scrape_timeout: 200ms }
scrape_configs:
  - job_name: clew
    scrape_interval: 250ms
    honor_labels: true
    static_configs: [{ targets: ['${target}'] }]
`,
  )
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
      '--enable-feature=exemplar-storage',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  const exited = once(child, 'exit')

  async function api(path: string): Promise<unknown> {
    for (;;) {
      if (child.exitCode !== null) throw new Error(`prometheus ended: ${said}`)
      try {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`)
        if (answer.ok) return ((await answer.json()) as { data: unknown }).data
      } catch {
        // It does not listen yet.
      }
      await pause()
    }
  }

  return {
    api,
    async query(expression, enough = (series) => series.length > 0) {
      for (;;) {
        const { result } = (await api(`/api/v1/query?query=${encodeURIComponent(expression)}`)) as {
          result: Series[]
        }
        if (enough(result)) return result
        await pause()
      }
    },
    async stop() {
      child.kill('SIGKILL')
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

describeWith('prometheus', 'a real Prometheus scrapes the handler', () => {
  let meters: metrics.Meters
  let app: Listening
  let scraped: Listening
  let prometheus: Prometheus
  const accepted: (string | undefined)[] = []

  beforeAll(async () => {
    meters = await metrics.configure({
      service: { name: 'orders', version: '1.2.3' },
      prometheus: true,
      resource: { 'deployment.environment.name': 'test' },
    })
    const measure = meters.http()
    app = await listen((req, res) =>
      measure(req, res, () => {
        ;(req as IncomingMessage & { route?: unknown }).route = { path: '/orders/:id' }
        res.writeHead(req.url === '/orders/3' ? 500 : 200).end()
      }),
    )
    const orders = metrics.counter('prom.orders', { unit: '{order}', description: 'Orders "sold"' })
    orders.add(2, { type: 'book', 'odd label': 'a"b\\c\nd' })
    orders.add(40, { type: 'film' })
    metrics.upDownCounter('prom.queue').add(-3)
    metrics.gauge('prom.temperature', { unit: 'Cel' }).record(21.5)
    const latency = metrics.histogram('prom.latency', { unit: 's', boundaries: [0.1, 1] })
    for (const value of [0.05, 0.1, 0.5]) latency.record(value)
    within(sampledSpan, () => latency.record(7))
    for (const path of ['/orders/1', '/orders/2', '/orders/3']) {
      await (await fetch(app.url + path)).arrayBuffer()
    }
    scraped = await listen((req, res) => {
      accepted.push(req.headers.accept)
      meters.handler(req, res)
    })
    prometheus = await startPrometheus(`127.0.0.1:${scraped.port}`)
    await prometheus.query('up{job="clew"}', ([first]) => first?.value[1] === '1')
  }, 120_000)

  afterAll(async () => {
    await prometheus?.stop()
    await scraped?.close()
    await app?.close()
    await meters?.shutdown()
  }, 60_000)

  /** Series without the labels that are the same for all of them. */
  async function values(expression: string): Promise<[Record<string, string>, string][]> {
    const series = await prometheus.query(expression)
    return series
      .map(({ metric, value }): [Record<string, string>, string] => {
        const { __name__, instance, job, otel_scope_name, ...labels } = metric
        return [labels, value[1]]
      })
      .sort(([a], [b]) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }

  test('the scrape says that all is well', async () => {
    const { activeTargets } = (await prometheus.api('/api/v1/targets')) as {
      activeTargets: { health: string; lastError: string }[]
    }
    expect(activeTargets.map(({ health, lastError }) => [health, lastError])).toEqual([['up', '']])
  })

  test('a counter, with the labels as they were', async () => {
    expect(await values('prom_orders_total')).toEqual([
      [{ type: 'book', odd_label: 'a"b\\c\nd' }, '2'],
      [{ type: 'film' }, '40'],
    ])
    expect(await values('sum(prom_orders_total)')).toEqual([[{}, '42']])
  })

  test('an up-down counter and a gauge', async () => {
    expect(await values('prom_queue')).toEqual([[{}, '-3']])
    expect(await values('prom_temperature_celsius')).toEqual([[{}, '21.5']])
  })

  test('a histogram: buckets, sum, count, and a quantile of them', async () => {
    expect(await values('prom_latency_seconds_bucket')).toEqual([
      [{ le: '+Inf' }, '4'],
      [{ le: '0.1' }, '2'],
      [{ le: '1' }, '3'],
    ])
    expect(await values('prom_latency_seconds_count')).toEqual([[{}, '4']])
    expect(await values('prom_latency_seconds_sum')).toEqual([[{}, '7.65']])
    expect(await values('histogram_quantile(0.5, prom_latency_seconds_bucket)')).toEqual([
      [{}, '0.1'],
    ])
  })

  test('requests, by route and status', async () => {
    const labels = {
      http_request_method: 'GET',
      http_route: '/orders/:id',
      url_scheme: 'http',
    }
    expect(await values('http_server_request_duration_seconds_count')).toEqual([
      [{ ...labels, http_response_status_code: '500', error_type: '500' }, '1'],
      [{ ...labels, http_response_status_code: '200' }, '2'],
    ])
    const buckets = await values(
      'http_server_request_duration_seconds_bucket{http_response_status_code="500"}',
    )
    expect(buckets.map(([{ le }]) => le).sort((a, b) => boundOf(a) - boundOf(b))).toEqual(
      '0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf'.split(' '),
    )
    expect(await values('http_server_active_requests')).toEqual([
      [{ http_request_method: 'GET', url_scheme: 'http' }, '0'],
    ])
  })

  test('the requests of this process as a client', async () => {
    const found = await values(
      `http_client_request_duration_seconds_count{server_port="${app.port}",http_response_status_code="200"}`,
    )
    expect(found).toMatchObject([[{ server_address: '127.0.0.1' }, '2']])
  })

  test('target_info can be joined with any series', async () => {
    const [info] = await prometheus.query('target_info')
    expect(info?.metric).toMatchObject({
      service_name: 'orders',
      service_version: '1.2.3',
      deployment_environment_name: 'test',
    })
    expect(info?.value[1]).toBe('1')
    expect(
      await values(
        'sum by (service_name) (prom_orders_total * on (instance) group_left(service_name) target_info)',
      ),
    ).toEqual([[{ service_name: 'orders' }, '42']])
  })

  test('types and help are what Prometheus has noted', async () => {
    const metadata = (await prometheus.api('/api/v1/metadata')) as Record<
      string,
      { type: string; help: string }[]
    >
    // In OpenMetrics a family has no suffix.
    expect(metadata['prom_orders']).toEqual([{ type: 'counter', help: 'Orders "sold"', unit: '' }])
    expect(metadata['prom_latency_seconds']?.[0]?.type).toBe('histogram')
    expect(metadata['prom_queue']?.[0]?.type).toBe('gauge')
    expect(metadata['process_cpu_time_seconds']?.[0]?.type).toBe('counter')
    expect(metadata['nodejs_eventloop_utilization_ratio']?.[0]?.type).toBe('gauge')
  })

  test('it goes on counting', async () => {
    metrics.counter('prom.orders', { unit: '{order}' }).add(1, { type: 'film' })
    await prometheus.query('prom_orders_total{type="film"}', ([first]) => first?.value[1] === '41')
  })

  test('the bucket of a slow measurement names its trace', async () => {
    const range = `start=${Date.now() / 1000 - 600}&end=${Date.now() / 1000 + 600}`
    const query = encodeURIComponent('prom_latency_seconds_bucket')
    const found = (await prometheus.api(`/api/v1/query_exemplars?query=${query}&${range}`)) as {
      seriesLabels: Record<string, string>
      exemplars: { labels: object; value: string }[]
    }[]
    expect(found.map(({ seriesLabels: { le }, exemplars }) => [le, exemplars])).toEqual([
      [
        '+Inf',
        [
          expect.objectContaining({
            labels: { trace_id: sampledSpan.traceId, span_id: sampledSpan.spanId },
            value: '7',
          }),
        ],
      ],
    ])
  })

  test.each([
    // Prometheus 2 and 3.
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
      'openmetrics',
    ],
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,application/openmetrics-text;version="0.0.1";q=0.6',
      'openmetrics',
    ],
    ['application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text;version=2.0.0', 'text'],
    ['application/openmetrics-text;q=0', 'text'],
    ['application/openmetrics-text;q=0.2, text/plain;q=0.5', 'text'],
    ['application/openmetrics-text;q=nonsense', 'text'],
    ['*/*', 'text'],
    ['text/html', 'text'],
    ['', 'text'],
  ])('Accept: %s is answered with %s', async (accept, format) => {
    const answer = await fetch(scraped.url, { headers: { accept } })
    const text = await answer.text()
    expect(answer.headers.get('content-type')).toBe(
      format === 'text'
        ? 'text/plain; version=0.0.4; charset=utf-8'
        : 'application/openmetrics-text; version=1.0.0; charset=utf-8',
    )
    expect(answer.headers.get('vary')).toBe('Accept, Accept-Encoding')
    expect(text.endsWith('# EOF\n')).toBe(format === 'openmetrics')
    expect(text.includes('# {trace_id=')).toBe(format === 'openmetrics')
    expect(accepted[0]).toContain('application/openmetrics-text')
  })
})
