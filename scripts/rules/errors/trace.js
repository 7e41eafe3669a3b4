import { hide } from './hidden.js'

const service = { name: 'x' }
const nothing = () => {}

export default (trace, { serverInterceptor }) => ({
  functions: {
    'trace.configure': trace.configure,
    'trace.otlp': trace.otlp,
    'trace.adaptiveSampler': trace.adaptiveSampler,
    'trace.span': (options) => trace.span('x', undefined, nothing, options),
    'trace.traced': (options) => trace.traced(nothing, options),
    'trace.http': trace.http,
    'trace.send': (options) => trace.send('x', {}, nothing, options),
    'trace.receive': (options) => trace.receive('x', {}, nothing, options),
    'trace.receiveEach': (options) => trace.receiveEach('x', [], nothing, nothing, options),
    'trace.serverInterceptor': serverInterceptor,
  },
  wrong: [
    ['trace.configure service', () => trace.configure({ service: 7 }), 'ERR_TRACE_OPTION'],
    [
      'trace.configure shutdownTimeoutMs',
      () => trace.configure({ service, shutdownTimeoutMs: 0 }),
      'ERR_TRACE_OPTION',
    ],
    ['trace.query what', () => trace.query({ system: 7 }, nothing), 'ERR_TRACE_OPTION'],
    ['trace.publish what', () => trace.publish({ system: 'x' }, nothing), 'ERR_TRACE_OPTION'],
    ['trace.span name', () => trace.span(7, nothing), 'ERR_TRACE_OPTION'],
    ['trace.otlp endpoint', () => trace.otlp({ endpoint: 7 }), 'ERR_TRACE_OPTION'],
  ],
  others: {
    async ERR_TRACE_EXPORTER() {
      Object.assign(process.env, { OTEL_EXPORTER_OTLP_PROTOCOL: 'pigeon' })
      const error = await trace.configure({ service, exporter: trace.otlp() }).catch((e) => e)
      // biome-ignore lint/suspicious/noUndeclaredEnvVars: turbo does not run this
      delete process.env.OTEL_EXPORTER_OTLP_PROTOCOL
      return error
    },
    ERR_TRACE_PEER_MISSING() {
      hide('@opentelemetry/exporter-trace-otlp-proto')
      return trace.configure({ service, exporter: trace.otlp({ protocol: 'http/protobuf' }) })
    },
  },
})
