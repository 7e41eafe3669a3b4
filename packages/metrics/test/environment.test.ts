import type { Report } from '@clew/internal/reports/reporter'
import { expect, test } from '@jest/globals'
import { createOtlpEnvironment } from '../src/exporters/otlp-environment.ts'
import { readEnvironment } from '../src/sdk/environment.ts'

function read(env: NodeJS.ProcessEnv) {
  const reports: Report[] = []
  const environment = readEnvironment((report) => reports.push(report), env)
  return { environment, wrong: reports.map(({ message }) => message) }
}

test('nothing set: nothing reported', () => {
  expect(read({})).toEqual({
    environment: { isDisabled: false, hasNoExemplars: false, resource: {} },
    wrong: [],
  })
  expect(read({ OTEL_SERVICE_NAME: ' ', OTEL_METRICS_EXPORTER: '' }).environment).toEqual({
    isDisabled: false,
    hasNoExemplars: false,
    resource: {},
  })
})

test('the variables of OpenTelemetry are read', () => {
  const { environment, wrong } = read({
    OTEL_SDK_DISABLED: 'True',
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: 'a=1, team=%C3%A9quipe%2C2 ,b=x=y,',
    OTEL_METRICS_EXPORTER: 'otlp, prometheus',
    OTEL_METRIC_EXPORT_INTERVAL: '5000',
    OTEL_METRIC_EXPORT_TIMEOUT: '100',
  })
  expect(wrong).toEqual([])
  expect(environment).toEqual({
    isDisabled: true,
    hasNoExemplars: false,
    resource: { a: '1', team: 'équipe,2', b: 'x=y', 'service.name': 'shop' },
    exporters: ['otlp', 'prometheus'],
    intervalMs: 5000,
    exportTimeoutMs: 100,
  })
})

test('values that make no sense are ignored and reported', () => {
  const { environment, wrong } = read({
    OTEL_SDK_DISABLED: '1',
    OTEL_RESOURCE_ATTRIBUTES: 'a=1,b',
    OTEL_METRICS_EXPORTER: 'zipkin',
    OTEL_METRIC_EXPORT_INTERVAL: '5s',
    OTEL_METRIC_EXPORT_TIMEOUT: '-1',
    OTEL_CONFIG_FILE: 'x.yaml',
  })
  expect(environment).toEqual({ isDisabled: false, hasNoExemplars: false, resource: {} })
  expect(wrong).toEqual([
    'OTEL_CONFIG_FILE is ignored: expected single OTEL_* variables; a file needs @opentelemetry/sdk-node',
    'OTEL_METRICS_EXPORTER: "zipkin" is not supported; known are otlp, console, prometheus, none',
    'OTEL_METRIC_EXPORT_INTERVAL is ignored: expected an integer of milliseconds, at least 1',
    'OTEL_METRIC_EXPORT_TIMEOUT is ignored: expected an integer of milliseconds, at least 1',
    'OTEL_RESOURCE_ATTRIBUTES is ignored: expected name=value pairs between commas, values percent-encoded',
  ])
})

test('the known exporters of a list are used', () => {
  const { environment, wrong } = read({ OTEL_METRICS_EXPORTER: 'otlp,zipkin,otlp' })
  expect(environment.exporters).toEqual(['otlp'])
  expect(wrong).toHaveLength(1)
})

test('an invalid percent-encoding is ignored, and its value is in no message', () => {
  const { environment, wrong } = read({ OTEL_RESOURCE_ATTRIBUTES: 'key=s3cret%' })
  expect(environment.resource).toEqual({})
  expect(wrong.join()).not.toContain('s3cret')
})

test('the variable for metrics wins over the one for all signals', () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://metrics',
    OTEL_EXPORTER_OTLP_TIMEOUT: '5',
  }
  const valueIn = (name: string, more: NodeJS.ProcessEnv = {}) =>
    createOtlpEnvironment({ ...env, ...more }).value(name)
  expect(valueIn('ENDPOINT')).toBe('http://metrics')
  expect(valueIn('TIMEOUT')).toBe('5')
  expect(valueIn('HEADERS')).toBeUndefined()
  expect(valueIn('TIMEOUT', { OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '1s' })).toBe('5')
  expect(valueIn('COMPRESSION', { OTEL_EXPORTER_OTLP_COMPRESSION: 'br' })).toBeUndefined()
})

test.each([
  [
    'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    'Delta',
    'sometimes',
    'cumulative, delta or lowmemory',
  ],
  [
    'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
    'BASE2_EXPONENTIAL_BUCKET_HISTOGRAM',
    'exponential',
    'explicit_bucket_histogram or base2_exponential_bucket_histogram',
  ],
  ['OTEL_EXPORTER_OTLP_METRICS_COMPRESSION', 'gzip', 'br', 'none or gzip'],
  ['OTEL_EXPORTER_OTLP_COMPRESSION', 'none', 'zstd', 'none or gzip'],
  ['OTEL_EXPORTER_OTLP_METRICS_TIMEOUT', '10', '10s', 'an integer of milliseconds, at least 1'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', '10', '0', 'an integer of milliseconds, at least 1'],
  ['OTEL_LOG_LEVEL', 'DEBUG', 'loud', 'none, error, warn, info, debug, verbose, all'],
  [
    'OTEL_NODE_RESOURCE_DETECTORS',
    'env',
    'host',
    'none or env; OTEL_RESOURCE_ATTRIBUTES takes the rest',
  ],
  ['OTEL_METRICS_EXEMPLAR_FILTER', 'always_off', 'always_on', 'always_off or trace_based'],
])('%s: %s is used, %s is reported', (name, right, wrong, expected) => {
  expect(read({ [name]: right }).wrong).toEqual([])
  expect(read({ [name]: wrong }).wrong).toEqual([`${name} is ignored: expected ${expected}`])
})

test('a host or port for Prometheus is not opened, which is reported', () => {
  const { wrong } = read({
    OTEL_EXPORTER_PROMETHEUS_PORT: '9464',
    OTEL_EXPORTER_PROMETHEUS_HOST: '::',
  })
  expect(wrong).toEqual(
    ['HOST', 'PORT'].map(
      (what) =>
        `OTEL_EXPORTER_PROMETHEUS_${what} is ignored: expected nothing; the handler is served where the application puts it`,
    ),
  )
})
