import type { Operation } from '@clew/internal/requests/contract'
import { findRecord } from '@clew/internal/requests/slot'
import type { Entry } from '../line/entry.ts'
import type { SpanContext } from '../line/span.ts'
import type { Encoding } from './encoding.ts'
import { type Preset, plainPreset } from './presets.ts'
import { stringify } from './text.ts'

const serviceKey = 'api.service'
const methodKey = 'api.method'

/** The operation of the API that the request of a line is for. */
const operationOf = ({ scope }: Entry): Operation | undefined =>
  scope?.request && findRecord(scope.request)?.operation

/** What the logger itself adds to a line: the ids of the active span, and the API operation. */
export function* generatedOf(entry: Entry, preset: Preset): Iterable<[key: string, unknown]> {
  const { span } = entry
  if (span !== undefined) for (const [key, value] of preset.span(span)) yield [key, value]
  const operation = operationOf(entry)
  if (operation?.service !== undefined) yield [serviceKey, operation.service]
  if (operation?.method !== undefined) yield [methodKey, operation.method]
}

/**
 * The same as JSON, or undefined where a rule of redaction concerns one of them. Most lines of most
 * services have both, so none of it may cost a line its fast path.
 */
export function createGeneratedJson(
  { keys, preset, redaction }: Pick<Encoding, 'keys' | 'preset' | 'redaction'>,
  encoded: (value: unknown) => string,
): (entry: Entry) => string | undefined {
  const isRuled = (key: string) => redaction.hidesField(key) || redaction.field(key).length > 0
  const ruledSpan = [...preset.span(anySpan)].some(([key]) => isRuled(key))
  const ruledOperation = isRuled(serviceKey) || isRuled(methodKey)
  const traceJson = keys.of('trace_id').json
  const spanJson = keys.of('span_id').json
  const serviceJson = keys.of(serviceKey).json
  const methodJson = keys.of(methodKey).json

  function jsonOfSpan(span: SpanContext): string {
    if (preset.span === plainPreset.span) {
      return `${traceJson}"${span.traceId}"${spanJson}"${span.spanId}"`
    }
    let json = ''
    for (const [key, value] of preset.span(span)) json += keys.of(key).json + stringify(value)
    return json
  }

  return (entry) => {
    const { span } = entry
    let json = ''
    if (span !== undefined) {
      if (ruledSpan) return undefined
      json = jsonOfSpan(span)
    }
    const operation = operationOf(entry)
    if (operation === undefined) return json
    if (ruledOperation) return undefined
    const { service, method } = operation
    if (service !== undefined) json += serviceJson + encoded(service)
    if (method !== undefined) json += methodJson + encoded(method)
    return json
  }
}

// Only its keys are looked at.
const anySpan: SpanContext = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 1 }
