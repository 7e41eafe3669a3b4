import type { Check } from '../errors.ts'
import { datadogPreset, googlePreset, type Preset, plainPreset } from './presets.ts'

/** Names of fields: a preset, or the new name of each field that is renamed. */
export type Names =
  | 'clue'
  | 'otel'
  | 'ecs'
  | 'google'
  | 'datadog'
  | Readonly<Record<string, string>>

// OpenTelemetry: the log data model, and "Trace Context in non-OTLP Log Formats"; HTTP semantic
// conventions 1.45.
const otel: Readonly<Record<string, string>> = {
  time: 'timestamp',
  level: 'severity_text',
  msg: 'body',
  err: 'exception',
  request_id: 'http.request.header.x-request-id',
  'http.method': 'http.request.method',
  'http.url': 'url.original',
  'http.status': 'http.response.status_code',
  'http.bytes': 'http.response.body.size',
  'http.remote_addr': 'client.address',
  'http.user_agent': 'user_agent.original',
  'http.referer': 'http.request.header.referer',
  'grpc.service': 'rpc.service',
  'grpc.method': 'rpc.method',
  'grpc.code': 'rpc.status_code',
  file: 'code.file.path',
}

const { time: _time, level: _level, msg: _msg, ...attributes } = otel

/**
 * OpenTelemetry's names for the attributes of a record: time, level and message are no attributes
 * there.
 */
export const otelAttributes: Readonly<Record<string, string>> = attributes

// Elastic Common Schema 8.
const ecs: Readonly<Record<string, string>> = {
  time: '@timestamp',
  level: 'log.level',
  msg: 'message',
  err: 'error',
  trace_id: 'trace.id',
  span_id: 'span.id',
  request_id: 'http.request.id',
  'http.method': 'http.request.method',
  'http.url': 'url.original',
  'http.status': 'http.response.status_code',
  'http.bytes': 'http.response.body.bytes',
  'http.remote_addr': 'client.address',
  'http.user_agent': 'user_agent.original',
  'http.referer': 'http.request.referrer',
  'http.body': 'http.response.body.content',
  file: 'log.origin.file.name',
}

// https://cloud.google.com/logging/docs/structured-logging
const google: Readonly<Record<string, string>> = {
  time: 'time',
  level: 'severity',
  msg: 'message',
  trace_id: 'logging.googleapis.com/trace',
  span_id: 'logging.googleapis.com/spanId',
  file: 'logging.googleapis.com/sourceLocation',
}

// https://docs.datadoghq.com/standard-attributes/
const datadog: Readonly<Record<string, string>> = {
  time: 'timestamp',
  level: 'status',
  msg: 'message',
  err: 'error',
  trace_id: 'dd.trace_id',
  span_id: 'dd.span_id',
  request_id: 'http.request_id',
  'http.status': 'http.status_code',
  'http.bytes': 'network.bytes_written',
  'http.remote_addr': 'network.client.ip',
  'http.user_agent': 'http.useragent',
}

// What the logger itself writes.
const written: readonly string[] = [
  ...Object.keys(ecs),
  'api.service',
  'api.method',
  'http.route',
  'http.time_ms',
  'http.body',
  'grpc.service',
  'grpc.method',
  'grpc.code',
  'grpc.status',
  'grpc.time_ms',
]

export interface Naming {
  readonly renamed: Readonly<Record<string, string>>
  readonly preset: Preset
}

export function namingOf(check: Check, names: Names = 'clue'): Naming {
  if (names === 'clue') return { renamed: {}, preset: plainPreset }
  if (names === 'otel') return { renamed: otel, preset: { ...plainPreset, stack: 'stacktrace' } }
  if (names === 'ecs') return { renamed: ecs, preset: { ...plainPreset, stack: 'stack_trace' } }
  if (names === 'google') return { renamed: google, preset: googlePreset() }
  if (names === 'datadog') return { renamed: datadog, preset: datadogPreset }
  if (typeof names !== 'object' || names === null || Array.isArray(names)) {
    throw check.error('names', 'clue, otel, ecs, google, datadog or an object', names)
  }
  for (const [name, renamed] of Object.entries(names)) check.string(`names.${name}`, renamed)
  const all = [...new Set([...written, ...Object.keys(names)])].map((name) => names[name] ?? name)
  const twice = all.find((name, index) => all.indexOf(name) !== index)
  if (twice !== undefined) throw check.error('names', 'an object that gives each name once', twice)
  return { renamed: names, preset: plainPreset }
}
