import type { Span } from '@opentelemetry/api'
import { reportOnce } from '../context/callback.ts'
import { spanKind } from '../context/tracer.ts'

/** What spans of OpenTelemetry's SDKs tell beyond the interface of the api. */
interface ReadableSpan extends Span {
  readonly kind?: number
  readonly ended?: boolean
  readonly attributes?: Readonly<Record<string, unknown>>
  readonly instrumentationScope?: { readonly name?: string }
}

const own = '@clew/trace'

/** The server span that another instrumentation has opened for a request, if that is `span`. */
export function foreignServerSpan(span: Span | undefined): Span | undefined {
  const active = span as ReadableSpan | undefined
  // Sentry's spans do not say whether they have ended.
  return active?.kind === spanKind.server && active.ended !== true ? active : undefined
}

/** Whether another instrumentation has opened `span` for the call that is about to be made. */
export function isForeignCall(span: Span | undefined): boolean {
  const active = span as ReadableSpan | undefined
  if (active?.kind !== spanKind.client || active.ended !== false) return false
  const { attributes = {} } = active
  const isHttp = 'http.request.method' in attributes || 'http.method' in attributes
  return isHttp && active.instrumentationScope?.name !== own
}

/** Datadog's tracer, which puts its own context into headers, and is no OpenTelemetry SDK. */
export const isDatadog = (): boolean =>
  (globalThis as { readonly _ddtrace?: unknown })._ddtrace !== undefined

export const nameOf = (span: Span | undefined): string =>
  (span as ReadableSpan | undefined)?.instrumentationScope?.name ?? 'another SDK'

/** Says once that another instrumentation does the same work, and that it is left to it. */
export function reportForeign(who: string, what: string): void {
  reportOnce(`foreign ${what}`, {
    type: 'trace.stepped_back',
    level: 'warn',
    message: `${who} traces ${what} as well: tracing leaves them to it`,
    fields: { instrumentation: who, requests: what },
  })
}
