import type { Check } from '../errors.ts'

/** Names of fields: a preset, or the new name of each field that is renamed. */
export type Names = 'clue' | 'otel' | 'ecs' | Readonly<Record<string, string>>

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
  /** What the stack of an error is called, in the error of a line. */
  readonly stack: string
}

export function namingOf(check: Check, names: Names = 'clue'): Naming {
  if (names === 'clue') return { renamed: {}, stack: 'stack' }
  if (names === 'otel') return { renamed: otel, stack: 'stacktrace' }
  if (names === 'ecs') return { renamed: ecs, stack: 'stack_trace' }
  if (typeof names !== 'object' || names === null || Array.isArray(names)) {
    throw check.error('names', 'clue, otel, ecs or an object', names)
  }
  for (const [name, renamed] of Object.entries(names)) check.string(`names.${name}`, renamed)
  const all = [...new Set([...written, ...Object.keys(names)])].map((name) => names[name] ?? name)
  const twice = all.find((name, index) => all.indexOf(name) !== index)
  if (twice !== undefined) throw check.error('names', 'an object that gives each name once', twice)
  return { renamed: names, stack: 'stack' }
}
