import { listen } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterEach, describe, expect, test } from '@jest/globals'
import {
  trace as api,
  context,
  type DiagLogger,
  DiagLogLevel,
  diag,
  propagation,
} from '@opentelemetry/api'
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { memory } from './memory.ts'

const service = { name: 'orders', version: '1.0.0' }
let tracing: trace.Tracing | undefined
const saved = { ...process.env }

async function configure(
  options: Partial<trace.ConfigureOptions> = {},
  env: Record<string, string> = {},
) {
  Object.assign(process.env, env)
  tracing = await trace.configure({ service, sampler: 'always', ...options })
  const said: trace.Report[] = []
  tracing.subscribe((report) => said.push(report))
  return { tracing, said }
}

afterEach(async () => {
  await tracing?.shutdown()
  tracing = undefined
  for (const name of Object.keys(process.env))
    if (name.startsWith('OTEL_')) delete process.env[name]
  Object.assign(process.env, saved)
})

describe('the environment wins over the code', () => {
  const resourceOf = async (
    options: Partial<trace.ConfigureOptions>,
    env: Record<string, string>,
  ) => {
    const spans = memory()
    const { tracing } = await configure({ exporter: spans, ...options }, env)
    trace.span('s', () => {})
    await tracing.flush()
    return { ...spans.spans[0]?.resource.attributes }
  }

  test('OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES', async () => {
    const resource = await resourceOf(
      { resource: { 'deployment.environment.name': 'code', team: 'code' } },
      {
        OTEL_SERVICE_NAME: 'from-env',
        OTEL_RESOURCE_ATTRIBUTES: 'service.version=9,deployment.environment.name=env%20x',
      },
    )
    expect(resource).toMatchObject({
      'service.name': 'from-env',
      'service.version': '9',
      'deployment.environment.name': 'env x',
      team: 'code',
    })
  })
  test('one wrong pair in OTEL_RESOURCE_ATTRIBUTES: all of it is ignored, but not OTEL_SERVICE_NAME', async () => {
    const resource = await resourceOf(
      {},
      { OTEL_SERVICE_NAME: 'from-env', OTEL_RESOURCE_ATTRIBUTES: 'team=a,service.version=%ZZ' },
    )
    expect(resource).toMatchObject({ 'service.name': 'from-env', 'service.version': '1.0.0' })
    expect(resource).not.toHaveProperty(['team'])
  })
  test('by default: no command line, no owner, no host id', async () => {
    const resource = await resourceOf({}, {})
    // The tests may run in a container.
    const surroundings = /^(?:container|k8s|cloud|faas|heroku)\./
    const names = Object.keys(resource).filter((name) => !surroundings.test(name))
    expect(names.sort()).toEqual([
      'host.name',
      'process.pid',
      'process.runtime.name',
      'process.runtime.version',
      'service.instance.id',
      'service.name',
      'service.version',
      'telemetry.sdk.language',
      'telemetry.sdk.name',
      'telemetry.sdk.version',
    ])
  })
  test('container, Kubernetes and cloud, as far as variables tell; detect: false adds nothing', async () => {
    const env = { K_SERVICE: 's', K_REVISION: 'r', OTEL_RESOURCE_ATTRIBUTES: 'faas.version=mine' }
    try {
      expect(await resourceOf({}, env)).toMatchObject({
        'cloud.platform': 'gcp_cloud_run',
        'faas.name': 's',
        'faas.version': 'mine',
      })
      await tracing?.shutdown()
      expect(await resourceOf({ detect: false }, env)).not.toHaveProperty(['cloud.platform'])
    } finally {
      delete process.env['K_SERVICE']
      delete process.env['K_REVISION']
    }
  })
  test('a process is one instance, whoever configures it and how often', async () => {
    const first = await resourceOf({}, {})
    await tracing?.shutdown()
    const second = await resourceOf({}, {})
    expect(first['service.instance.id']).toMatch(/^[\da-f-]{36}$/)
    expect(second['service.instance.id']).toBe(first['service.instance.id'])
  })
  test.each([
    ['always_on', undefined, true],
    ['always_off', undefined, false],
    ['parentbased_always_off', undefined, false],
    ['parentbased_always_on', undefined, true],
    ['traceidratio', '0', false],
    ['parentbased_traceidratio', '1', true],
  ])('OTEL_TRACES_SAMPLER=%s %s', async (name, arg, sampled) => {
    await configure(
      { exporter: memory(), sampler: sampled ? 'never' : 'always' },
      { OTEL_TRACES_SAMPLER: name, ...(arg ? { OTEL_TRACES_SAMPLER_ARG: arg } : {}) },
    )
    expect(trace.span('s', (span) => span.isRecording())).toBe(sampled)
  })
  test('OTEL_TRACES_EXPORTER=none records nothing', async () => {
    await configure({ exporter: memory() }, { OTEL_TRACES_EXPORTER: 'none' })
    expect(trace.span('s', (span) => span.isRecording())).toBe(false)
  })
  test('OTEL_SDK_DISABLED: nothing is recorded, but a trace passes through uncut', async () => {
    const exporter = memory()
    const { tracing } = await configure({ exporter }, { OTEL_SDK_DISABLED: 'TRUE' })
    const traceparent = '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01'
    const carried: unknown[] = []
    const next = await listen((req, res) => {
      carried.push(req.headers.traceparent, req.headers['baggage'])
      res.end()
    })
    const middleware = tracing.http()
    const server = await listen((req, res) =>
      middleware(req, res, () =>
        trace.span('s', async () => {
          expect(trace.inject({})).toEqual({ traceparent, baggage: 'tenant=a' })
          await (await fetch(next.url)).text()
          res.end()
        }),
      ),
    )
    await (await fetch(server.url, { headers: { traceparent, baggage: 'tenant=a' } })).text()
    await Promise.all([server.close(), next.close()])
    await tracing.flush()
    expect(carried).toEqual([traceparent, 'tenant=a'])
    expect(exporter.spans).toEqual([])
  })
  test('OTEL_PROPAGATORS', async () => {
    await configure({ exporter: memory() }, { OTEL_PROPAGATORS: 'baggage' })
    expect(trace.span('s', () => trace.inject({}))).toEqual({})
    await tracing?.shutdown()
    await configure({ exporter: memory() }, { OTEL_PROPAGATORS: 'tracecontext' })
    expect(Object.keys(trace.span('s', () => trace.inject({})))).toEqual(['traceparent'])
  })
  test('OTEL_PROPAGATORS says which one is not supported', async () => {
    const { said } = await configure({ exporter: memory() }, { OTEL_PROPAGATORS: 'b3,baggage' })
    expect(said[0]?.message).toMatch(
      /^OTEL_PROPAGATORS: "b3" is not supported; .* option propagators/,
    )
    expect(trace.span('s', () => trace.inject({}))).toEqual({})
  })
  test('limits of the SDK: attributes, events, links, lengths', async () => {
    const spans = memory()
    const { tracing } = await configure(
      { exporter: spans },
      {
        OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '2',
        OTEL_SPAN_EVENT_COUNT_LIMIT: '1',
        OTEL_SPAN_LINK_COUNT_LIMIT: '1',
        OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3',
      },
    )
    const context = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }
    trace.span('s', { a: 'long', b: 2, c: 3 }, (span) => span.addEvent('one').addEvent('two'), {
      links: [{ context }, { context }],
    })
    await tracing.flush()
    const [{ attributes, events, links } = {}] = spans.spans as never as Record<string, never>[]
    expect({ attributes, events, links }).toMatchObject({
      attributes: { a: 'lon', b: 2 },
      events: [{ name: 'two' }],
      links: [{ context }],
    })
    expect(attributes).not.toHaveProperty('c')
    expect([events, links]).toMatchObject([{ length: 1 }, { length: 1 }])
  })
  test('OTEL_LOG_LEVEL leaves a logger that is there alone', async () => {
    const heard: string[] = []
    const logger = { error: (message: string) => heard.push(message) } as unknown as DiagLogger
    diag.setLogger(logger, DiagLogLevel.ERROR)
    try {
      const { tracing } = await configure({ exporter: memory() }, { OTEL_LOG_LEVEL: 'error' })
      trace.span('twice', (span) => span.end())
      await tracing.shutdown()
      diag.error('after')
    } finally {
      diag.disable()
    }
    expect(heard).toEqual([expect.stringContaining('only call end() on a span once'), 'after'])
  })
  test('OTEL_BSP_SCHEDULE_DELAY, OTEL_BSP_MAX_EXPORT_BATCH_SIZE and OTEL_BSP_EXPORT_TIMEOUT', async () => {
    const sizes: number[] = []
    let delayed: () => void
    const exported = new Promise<void>((resolve) => {
      delayed = resolve
    })
    const { said } = await configure(
      {
        queue: { delayMs: 3_600_000, maxBatchSize: 512, exportTimeoutMs: 3_600_000 },
        // It never answers, so that only the timeout ends an export.
        exporter: {
          ...memory(),
          export: (spans) => {
            sizes.push(spans.length)
            delayed()
          },
        },
      },
      {
        OTEL_BSP_SCHEDULE_DELAY: '5',
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '2',
        OTEL_BSP_EXPORT_TIMEOUT: '7',
      },
    )
    trace.span('first', () => {})
    await exported
    for (let at = 0; at < 4; at++) trace.span('s', () => {})
    await tracing?.flush()
    expect(sizes[0]).toBe(1)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2)
    expect(said[0]?.message).toBe('spans cannot be exported: no answer from the exporter in 7 ms')
  })
  test('OTEL_BSP_MAX_QUEUE_SIZE', async () => {
    const { tracing } = await configure(
      { exporter: { ...memory(), export() {} } },
      { OTEL_BSP_MAX_QUEUE_SIZE: '3' },
    )
    for (let at = 0; at < 10; at++) trace.span('s', () => {})
    expect(tracing.counts().dropped).toBe(7)
    await Promise.race([tracing.flush(), new Promise((resolve) => setImmediate(resolve))])
  })
  test.each([
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
    ['OTEL_TRACES_EXPORTER', 'zipkin'],
    ['OTEL_PROPAGATORS', 'b3'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', 'many'],
    ['OTEL_CONFIG_FILE', '/etc/otel.yaml'],
    ['OTEL_LOG_LEVEL', 'loud'],
    ['OTEL_NODE_RESOURCE_DETECTORS', 'host,os'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'team'],
    ['OTEL_EXPORTER_OTLP_TRACES_COMPRESSION', 'zip'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '10s'],
  ])('%s=%s makes no sense: said and ignored', async (name, value) => {
    const { said } = await configure(
      { exporter: memory() },
      { [name]: value, ...(name.endsWith('ARG') ? { OTEL_TRACES_SAMPLER: 'traceidratio' } : {}) },
    )
    expect(said).toMatchObject([
      { type: 'trace.environment', level: 'warn', fields: { variable: name } },
    ])
    expect(trace.span('s', (span) => span.isRecording())).toBe(true)
  })
})

test('without an exporter a caller’s context is passed on, and nothing is recorded', async () => {
  await configure()
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  expect(trace.extract({ traceparent }, () => trace.span('s', () => trace.inject({})))).toEqual({
    traceparent,
  })
})

test('attributes are cut', async () => {
  const spans = memory()
  const { tracing } = await configure({ exporter: spans, maxAttributeLength: 10 })
  trace.span('s', { long: 'x'.repeat(100) }, () => {})
  await tracing.flush()
  expect(spans.spans[0]?.attributes.long).toBe('x'.repeat(10))
})

describe('one at a time', () => {
  test('a second configure sends what the first has not sent, and takes its place', async () => {
    const before = memory()
    const { tracing } = await configure({ exporter: before })
    trace.span('earlier', () => {})
    const spans = memory()
    const again = await configure({ exporter: spans })
    trace.span('later', () => {})
    await again.tracing.flush()
    expect(before.spans.map(({ name }) => name)).toEqual(['earlier'])
    expect(spans.spans.map(({ name }) => name)).toEqual(['later'])

    await tracing.shutdown() // of one that was replaced: changes nothing
    trace.span('latest', () => {})
    await again.tracing.shutdown()
    expect(spans.spans.map(({ name }) => name)).toEqual(['later', 'latest'])
  })
  test('two at the same time follow in order, and the later one stays', async () => {
    const [before, after] = [memory(), memory()]
    const [, later] = await Promise.all([
      configure({ exporter: before }),
      configure({ exporter: after }),
    ])
    trace.span('work', () => {})
    await later.tracing.flush()
    expect(before.spans).toEqual([])
    expect(after.named('work')).toBeDefined()
  })
  test('a failed configure leaves nothing behind', async () => {
    const exporter = {
      name: 'broken',
      load: () => Promise.reject(new Error('no such thing')),
    }
    await expect(trace.configure({ service, exporter })).rejects.toMatchObject({
      code: 'ERR_TRACE_EXPORTER',
      cause: expect.objectContaining({ message: 'no such thing' }),
    })
    await configure({ exporter: memory() })
  })
})

describe('another SDK is registered', () => {
  afterEach(() => {
    api.disable()
    context.disable()
    propagation.disable()
  })

  test('it is joined: our spans reach it, one report says so, and shutdown leaves it alone', async () => {
    const theirs = memory()
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(theirs)] }).register()
    const ours = memory()
    const { tracing, said } = await configure({ exporter: ours })
    trace.span('joined', () => {})
    expect(theirs.named('joined').instrumentationScope.name).toBe('@clew/trace')
    await tracing.shutdown()
    trace.span('still', () => {})
    expect(theirs.named('still')).toBeDefined()
    expect(ours.spans).toEqual([])
    expect(said).toMatchObject([{ type: 'trace.joined', level: 'warn' }])
    expect(said[0]?.message).toContain('@opentelemetry/api 1.9.1')
  })

  test('its instrumentation makes the client spans: ours are off, unless they are asked for', async () => {
    const theirs = memory()
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(theirs)] }).register()
    const server = await listen((_req, res) => res.end())
    const clientSpans = async (options: Partial<trace.ConfigureOptions>) => {
      theirs.spans.length = 0
      const { tracing } = await configure(options)
      await (await fetch(server.url)).text()
      await tracing.shutdown()
      return theirs.spans.map((span) => span.kind)
    }
    try {
      expect(await clientSpans({ exporter: memory() })).toEqual([])
      expect(await clientSpans({ exporter: memory(), clients: true })).toEqual([2])
    } finally {
      await server.close()
    }
  })

  test('a request that its instrumentation has opened a span for gets no second one', async () => {
    const theirs = memory()
    const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(theirs)] })
    provider.register()
    provider.getTracer('instrumentation').startActiveSpan('GET', { kind: 1 }, (span) => {
      trace.http()({ headers: {}, url: '/' } as never, {} as never, () => {
        expect(api.getActiveSpan()).toBe(span)
      })
    })
  })

  test('a tracer is not kept from before', async () => {
    expect(trace.span('early', (span) => span.isRecording())).toBe(false)
    const theirs = memory()
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(theirs)] }).register()
    trace.span('late', () => {})
    expect(theirs.named('late')).toBeDefined()
  })
})

describe('shutdown', () => {
  test('is bounded, never rejects, and says what was lost', async () => {
    const stuck = { ...memory(), export() {} }
    const { tracing, said } = await configure({ exporter: stuck, shutdownTimeoutMs: 20 })
    trace.span('lost', () => {})
    await tracing.flush()
    await tracing.shutdown()
    expect(said.map((report) => report.type)).toEqual([
      'trace.flush_failed',
      'trace.shutdown_failed',
      'trace.spans_lost',
    ])
  })
  test('survives an exporter that rejects', async () => {
    const { tracing, said } = await configure({
      exporter: { ...memory(), shutdown: () => Promise.reject(new Error('cannot close')) },
    })
    await tracing.shutdown()
    expect(said).toMatchObject([
      { type: 'trace.shutdown_failed', message: expect.stringContaining('cannot close') },
    ])
  })
})

test.each([
  ['service.name', { service: { name: '' } }],
  ['exporter', { service, exporter: 'otlp' }],
  ['sampler', { service, sampler: 'sometimes' }],
  ['sampler', { service, sampler: 1.5 }],
  ['propagators', { service, propagators: ['b3'] }],
  ['queue.maxQueueSize', { service, queue: { maxQueueSize: 0 } }],
  ['shutdownTimeoutMs', { service, shutdownTimeoutMs: Number.NaN }],
])('a bad %s is named', async (name, options) => {
  await expect(trace.configure(options as never)).rejects.toMatchObject({
    name: 'TypeError',
    code: 'ERR_TRACE_OPTION',
    message: expect.stringContaining(name),
  })
})

test.each([
  ['endpoint', { endpoint: 'collector:4317' }],
  ['protocol', { protocol: 'http/json' }],
  ['compression', { compression: 'br' }],
  ['timeoutMs', { timeoutMs: 0 }],
  ['tls', { tls: { cert: 'x' } }],
])('otlp: a bad %s is named', (name, options) => {
  expect(() => trace.otlp(options as never)).toThrow(
    expect.objectContaining({ code: 'ERR_TRACE_OPTION', message: expect.stringContaining(name) }),
  )
})
