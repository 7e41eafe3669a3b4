import * as metrics from '@clew/metrics'
import { serverInterceptor } from '@clew/metrics/grpc'
import { expect, test } from '@jest/globals'

const service = { name: 'orders' }

test.each([
  [undefined, 'options must be an object; received undefined'],
  [{}, 'service.name must be a non-empty string; received undefined'],
  [{ service: 'orders' }, 'service must be an object; received "orders"'],
  [{ service: { name: '' } }, 'service.name must be a non-empty string; received ""'],
  [{ service: { name: 'x', version: 1 } }, 'service.version must be a string; received 1'],
  [
    { service, exporter: {} },
    'exporter must be metrics.otlp(), metrics.console() or a PushMetricExporter; received an object',
  ],
  [{ service, prometheus: 'yes' }, 'prometheus must be true, false or an object; received "yes"'],
  [
    { service, prometheus: { scopeLabels: 1 } },
    'prometheus.scopeLabels must be true or false; received 1',
  ],
  [
    { service, prometheus: { cluster: 'yes' } },
    'prometheus.cluster must be true or false; received "yes"',
  ],
  [
    { service, prometheus: { workerTimeoutMs: 0 } },
    'prometheus.workerTimeoutMs must be an integer from 1 to 2147483647; received 0',
  ],
  [{ service, intervalMs: 0 }, 'intervalMs must be an integer from 1 to 2147483647; received 0'],
  [
    { service, cardinalityLimit: 1 },
    'cardinalityLimit must be an integer from 2 to 100000; received 1',
  ],
  [
    { service, maxValueLength: 1e9 },
    'maxValueLength must be an integer from 16 to 65536; received 1000000000',
  ],
  [{ service, runtime: null }, 'runtime must be true or false; received null'],
  [{ service, resource: 'x' }, 'resource must be an object; received "x"'],
  [
    { service, resource: { a: Symbol('s') } },
    'resource["a"] must be a string, a number, a boolean or an array of them; received a symbol',
  ],
  [
    { service, resource: { a: { b: 1 } } },
    'resource["a"] must be a string, a number, a boolean or an array of them; received an object',
  ],
  [
    { service, resource: { 'a.b': [1, null] } },
    'resource["a.b"] must be a string, a number, a boolean or an array of them; received an array',
  ],
  [
    { service, resource: { a: 1n } },
    'resource["a"] must be a string, a number, a boolean or an array of them; received 1n',
  ],
  [
    { service, intervallMs: 1000 },
    'unknown option "intervallMs"; the options are service, exporter, prometheus, intervalMs, exportTimeoutMs, maxPendingExports, callbackTimeoutMs, resource, detect, runtime, clients, views, cardinalityLimit, maxValueLength, shutdownTimeoutMs',
  ],
  [
    { service: { ...service, namespace: 'shop' } },
    'unknown option "service.namespace"; the options are service.name, service.version',
  ],
  [
    { service, prometheus: { port: 9464 } },
    'unknown option "prometheus.port"; the options are prometheus.scopeLabels, prometheus.exemplars, prometheus.cluster, prometheus.workerTimeoutMs',
  ],
])('configure(%j): %s', async (options, problem) => {
  await expect(metrics.configure(options as never)).rejects.toMatchObject({
    name: 'TypeError',
    code: 'ERR_METRICS_OPTION',
    message: `metrics.configure: ${problem}`,
  })
})

test('a configure that failed leaves nothing behind', async () => {
  const broken = { name: 'broken', load: () => Promise.reject(new Error('no')) }
  await expect(metrics.configure({ service, exporter: broken })).rejects.toThrow('no')
  const meters = await metrics.configure({ service })
  await meters.shutdown()
})

test('an option that is undefined is its default', async () => {
  const meters = await metrics.configure({
    service: { name: 'orders', version: undefined },
    exporter: undefined,
    prometheus: { scopeLabels: undefined },
    intervalMs: undefined,
    exportTimeoutMs: undefined,
    maxPendingExports: undefined,
    callbackTimeoutMs: undefined,
    detect: undefined,
    resource: undefined,
    runtime: undefined,
    clients: undefined,
    views: [{ instrument: 'x', name: undefined, drop: undefined, boundaries: [1] }],
    cardinalityLimit: undefined,
    maxValueLength: undefined,
    shutdownTimeoutMs: undefined,
  })
  await meters.shutdown()
  metrics.otlp({
    endpoint: undefined,
    protocol: undefined,
    headers: undefined,
    timeoutMs: undefined,
    compression: undefined,
    temporality: undefined,
    histograms: undefined,
    tls: undefined,
  })
  metrics.http({
    ignore: undefined,
    attributes: undefined,
    knownMethods: undefined,
    boundaries: undefined,
  })
  metrics.counter('undefined.counter', { description: undefined, unit: undefined })
  metrics.histogram('undefined.histogram', { unit: undefined, boundaries: undefined })
  serverInterceptor({ ignore: undefined })
})

test.each([
  [{ endpoint: 'collector:4317' }, 'endpoint must be'],
  [{ endpoint: 'http://' }, 'endpoint must be'],
  [{ endpoint: 'http://[' }, 'endpoint must be'],
  [{ protocol: 'http/json' }, 'protocol must be'],
  [{ compression: 'br' }, 'compression must be'],
  [
    { temporality: 'toString' },
    'temporality must be one of cumulative, delta, lowmemory; received "toString"',
  ],
  [{ histograms: 'wide' }, 'histograms must be one of explicit, exponential; received "wide"'],
  [{ timeoutMs: 0 }, 'timeoutMs must be'],
  [{ tls: { cert: 'x' } }, 'tls must be'],
  [{ tls: { passphrase: 'x' } }, 'unknown option "tls.passphrase"'],
  [
    { url: 'http://collector' },
    'unknown option "url"; the options are endpoint, protocol, headers, timeoutMs, maxRequestBytes, compression, tls, temporality, histograms',
  ],
])('otlp(%j): %s', (options, problem) => {
  expect(() => metrics.otlp(options as never)).toThrow(
    expect.objectContaining({
      code: 'ERR_METRICS_OPTION',
      message: expect.stringContaining(`metrics.otlp: ${problem}`),
    }),
  )
})

test('a header of otlp that is no string is named, and not shown', () => {
  expect(() => metrics.otlp({ headers: { authorization: 12345 } } as never)).toThrow(
    'metrics.otlp: headers.authorization must be a string; received something else',
  )
})

test.each([
  [{ ignore: 'x' }, 'ignore must be'],
  [{ ignore: ['/x', 1] }, 'ignore[1] must be'],
  [{ attributes: {} }, 'attributes must be a function; received an object'],
  [{ knownMethods: ['GET', 1] }, 'knownMethods[1] must be a string; received 1'],
  [{ boundaries: [2, 1] }, 'boundaries must be an array of at most 200 ascending numbers'],
  [
    { ignored: [] },
    'unknown option "ignored"; the options are ignore, attributes, knownMethods, boundaries',
  ],
])('http(%j): %s', (options, problem) => {
  expect(() => metrics.http(options as never)).toThrow(
    expect.objectContaining({
      code: 'ERR_METRICS_OPTION',
      message: expect.stringContaining(`metrics.http: ${problem}`),
    }),
  )
})

test.each<[string, (options: never) => unknown, string]>([
  ['counter', (options) => metrics.counter('unknown', options), 'description, unit'],
  ['upDownCounter', (options) => metrics.upDownCounter('unknown', options), 'description, unit'],
  ['gauge', (options) => metrics.gauge('unknown', options), 'description, unit'],
  [
    'histogram',
    (options) => metrics.histogram('unknown', options),
    'description, unit, boundaries',
  ],
  [
    'observableGauge',
    (options) => metrics.observableGauge('unknown', () => 1, options),
    'description, unit',
  ],
  [
    'observableCounter',
    (options) => metrics.observableCounter('unknown', () => 1, options),
    'description, unit',
  ],
  [
    'observableUpDownCounter',
    (options) => metrics.observableUpDownCounter('unknown', () => 1, options),
    'description, unit',
  ],
  ['serverInterceptor', (options) => serverInterceptor(options), 'ignore'],
])('%s refuses an option it does not have', (name, create, options) => {
  expect(() => create({ units: 's' } as never)).toThrow(
    expect.objectContaining({
      name: 'TypeError',
      code: 'ERR_METRICS_OPTION',
      message: `metrics.${name}: unknown option "units"; the options are ${options}`,
    }),
  )
})
