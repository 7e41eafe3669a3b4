import { isCredentialField } from '@clew/internal/redaction/credential-names'

/** A span that has ended. */
export interface EndedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string | undefined
  readonly name: string
  readonly kind: string
  readonly startedAtMs: number
  readonly durationMs: number
  readonly failed: boolean
  readonly attributes: Readonly<Record<string, string>>
}

type Time = readonly [seconds: number, nanos: number]

/** What is read of a span of OpenTelemetry's SDK, 1.x to 3.x. */
export interface SdkSpan {
  readonly name: string
  readonly kind: number
  spanContext(): { readonly traceId: string; readonly spanId: string }
  readonly parentSpanContext?: { readonly spanId: string }
  readonly parentSpanId?: string
  readonly startTime: Time
  readonly duration: Time
  readonly status: { readonly code: number }
  readonly attributes: Readonly<Record<string, unknown>>
}

const kinds = ['internal', 'server', 'client', 'producer', 'consumer']
const errorCode = 2
const maxAttributes = 20
const maxText = 200

export function endedSpan(span: SdkSpan): EndedSpan {
  const { traceId, spanId } = span.spanContext()
  return {
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId ?? span.parentSpanId,
    name: span.name.slice(0, maxText),
    kind: kinds[span.kind] ?? 'internal',
    startedAtMs: msOf(span.startTime),
    durationMs: Number(msOf(span.duration).toFixed(3)),
    failed: span.status.code === errorCode,
    attributes: shownAttributes(span.attributes),
  }
}

const msOf = ([seconds, nanos]: Time) => seconds * 1000 + nanos / 1e6

function shownAttributes(attributes: Readonly<Record<string, unknown>>): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [name, value] of Object.entries(attributes).slice(0, maxAttributes)) {
    const last = name.slice(name.lastIndexOf('.') + 1)
    const isHidden = isCredentialField(name) || isCredentialField(last)
    shown[name.slice(0, maxText)] = isHidden ? '[redacted]' : String(value).slice(0, maxText)
  }
  return shown
}
