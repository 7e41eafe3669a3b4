import { hide } from './hidden.js'

const service = { name: 'x' }
const nothing = () => {}

export default (metrics, { serverInterceptor }) => ({
  functions: {
    'metrics.configure': metrics.configure,
    'metrics.otlp': metrics.otlp,
    'metrics.counter': (options) => metrics.counter('a', options),
    'metrics.upDownCounter': (options) => metrics.upDownCounter('b', options),
    'metrics.gauge': (options) => metrics.gauge('c', options),
    'metrics.histogram': (options) => metrics.histogram('d', options),
    'metrics.observableGauge': (options) => metrics.observableGauge('e', nothing, options),
    'metrics.observableCounter': (options) => metrics.observableCounter('f', nothing, options),
    'metrics.observableUpDownCounter': (options) =>
      metrics.observableUpDownCounter('g', nothing, options),
    'metrics.http': metrics.http,
    'metrics.serverInterceptor': serverInterceptor,
  },
  wrong: [
    ['metrics.configure service', () => metrics.configure({ service: 7 }), 'ERR_METRICS_OPTION'],
    ['metrics.otlp endpoint', () => metrics.otlp({ endpoint: 7 }), 'ERR_METRICS_OPTION'],
    [
      'metrics.histogram boundaries',
      () => metrics.histogram('h', { boundaries: [2, 1] }),
      'ERR_METRICS_OPTION',
    ],
    ['metrics.counter name', () => metrics.counter('1'), 'ERR_METRICS_NAME'],
    ['metrics.counter unit', () => metrics.counter('i', { unit: 'seconds' }), 'ERR_METRICS_UNIT'],
  ],
  others: {
    ERR_METRICS_CONFLICT() {
      metrics.counter('j')
      return metrics.gauge('j')
    },
    async ERR_METRICS_EXPORTER() {
      Object.assign(process.env, { OTEL_EXPORTER_OTLP_PROTOCOL: 'pigeon' })
      const error = await metrics.configure({ service, exporter: metrics.otlp() }).catch((e) => e)
      // biome-ignore lint/suspicious/noUndeclaredEnvVars: turbo does not run this
      delete process.env.OTEL_EXPORTER_OTLP_PROTOCOL
      return error
    },
    ERR_METRICS_PEER_MISSING() {
      hide('@opentelemetry/exporter-metrics-otlp-proto')
      return metrics.configure({ service, exporter: metrics.otlp({ protocol: 'http/protobuf' }) })
    },
  },
})
