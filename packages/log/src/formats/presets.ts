import { type Level, levels } from '../level.ts'
import { isSampled, type SpanContext } from '../line/span.ts'
import { type ErrorTree, isErrorTree } from '../values/error-tree.ts'
import type { Plain } from '../values/plain-value.ts'

type Shaped = Map<string, Plain>

/** What a back end expects beside other names. All of it but `span` concerns json alone. */
export interface Preset {
  /** What the levels are called. */
  readonly words: Readonly<Record<Level, string>>
  /** What type and stack of an error are called, in the error of a line. */
  readonly type: string
  readonly stack: string
  /** Names that it adds to lines: a caller's field of that name becomes `field.<name>`. */
  readonly adds: readonly string[]
  /** Ids of the active span as the back end knows them, and what else it wants to know of it. */
  span(span: SpanContext): readonly (readonly [key: string, value: Plain])[]
  /** Changes the fields of a line. Only for those with an error, a duration or a place. */
  shape?(fields: Shaped): void
}

const ids = ({ traceId, spanId }: SpanContext) =>
  [
    ['trace_id', traceId],
    ['span_id', spanId],
  ] as const

const ourWords = Object.fromEntries(levels.map((level) => [level, level])) as Record<Level, string>

export const plainPreset: Preset = {
  words: ourWords,
  type: 'type',
  stack: 'stack',
  adds: [],
  span: ids,
}

const sampledName = 'logging.googleapis.com/trace_sampled'
const placeName = 'logging.googleapis.com/sourceLocation'

/** Fields of a request by their names, and what they are called in `HttpRequest`. */
const httpRequest: readonly (readonly [string, string, (value: Plain) => Plain])[] = [
  ['http.method', 'requestMethod', (value) => value],
  ['http.url', 'requestUrl', (value) => value],
  ['http.status', 'status', (value) => value],
  // An int64, which is a string in the JSON of protocol buffers.
  ['http.bytes', 'responseSize', String],
  ['http.user_agent', 'userAgent', (value) => value],
  ['http.remote_addr', 'remoteIp', (value) => value],
  ['http.referer', 'referer', (value) => value],
  // A Duration.
  ['http.time_ms', 'latency', (value) => `${Number(value) / 1000}s`],
]

/**
 * Google Cloud: https://cloud.google.com/logging/docs/structured-logging, and for the stack
 * https://cloud.google.com/error-reporting/docs/formatting-error-messages.
 */
export function googlePreset(env: NodeJS.ProcessEnv = process.env): Preset {
  const project = env['GOOGLE_CLOUD_PROJECT'] || env['GCLOUD_PROJECT'] || env['GCP_PROJECT']
  const prefix = project ? `projects/${project}/traces/` : ''
  return {
    words: { debug: 'DEBUG', info: 'INFO', warn: 'WARNING', error: 'ERROR', fatal: 'CRITICAL' },
    type: 'type',
    stack: 'stack',
    adds: [sampledName, 'httpRequest', 'stack_trace'],
    span: (span) => [
      ['trace_id', prefix + span.traceId],
      ['span_id', span.spanId],
      [sampledName, isSampled(span)],
    ],
    shape(fields) {
      const err = fields.get('err')
      if (err !== undefined && isErrorTree(err)) {
        const { stack, ...rest } = err
        fields.set('err', rest)
        fields.set('stack_trace', stack)
      }
      const place = fields.get(placeName)
      if (typeof place === 'string') {
        const [, file = place, line = ''] = /^(.*):(\d+)$/s.exec(place) ?? []
        fields.set(placeName, line === '' ? { file } : { file, line })
      }
      // The line of a whole request. Its other lines keep method and URL as fields of their own.
      if (!fields.has('http.time_ms')) return
      const request: Record<string, Plain> = {}
      for (const [name, member, shown] of httpRequest) {
        const value = fields.get(name)
        if (value === undefined || value === null) continue
        request[member] = shown(value)
        fields.delete(name)
      }
      fields.set('httpRequest', request)
    },
  }
}

/** The lower 64 bits of an id, in decimal. */
const decimal = (hex: string): string => {
  const low = hex.slice(-16)
  return /^[\da-f]+$/i.test(low) ? BigInt(`0x${low}`).toString() : hex
}

/**
 * Datadog: https://docs.datadoghq.com/standard-attributes/, and for the ids
 * https://docs.datadoghq.com/tracing/other_telemetry/connect_logs_and_traces/opentelemetry/.
 */
export const datadogPreset: Preset = {
  words: { ...ourWords, fatal: 'critical' },
  type: 'kind',
  stack: 'stack',
  adds: [],
  span: ({ traceId, spanId }) => [
    ['trace_id', decimal(traceId)],
    ['span_id', decimal(spanId)],
  ],
  shape(fields) {
    for (const name of ['http.time_ms', 'grpc.time_ms']) {
      const ms = fields.get(name)
      if (typeof ms !== 'number' || fields.has('duration')) continue
      // In nanoseconds.
      fields.set('duration', Math.round(ms * 1e6))
      fields.delete(name)
    }
  },
}

/** An error whose types and stacks are named as the preset says. */
export function namedError(value: Plain | undefined, preset: Preset): Plain | undefined {
  if (preset.stack === 'stack' && preset.type === 'type') return value
  if (value === undefined || !isErrorTree(value)) return value
  const { type, message, stack, cause, errors, ...rest }: ErrorTree = value
  return {
    [preset.type]: type,
    message,
    ...rest,
    [preset.stack]: stack,
    ...(cause === undefined ? {} : { cause: namedError(cause, preset) ?? null }),
    ...(errors === undefined ? {} : { errors: membersOf(errors, preset) }),
  }
}

function membersOf(errors: Plain, preset: Preset): Plain {
  if (!Array.isArray(errors)) return errors
  return (errors as readonly Plain[]).map((error) => namedError(error, preset) ?? null)
}
