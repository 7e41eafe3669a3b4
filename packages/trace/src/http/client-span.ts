import {
  type Answer,
  type CallObserver,
  type CallVerdict,
  errorTypeOfCall,
} from '@clew/internal/clients/call'
import { isSuppressed } from '@clew/internal/telemetry/suppression'
import { monotonicMs } from '@clew/internal/time/clock'
import type { Attributes, Span } from '@opentelemetry/api'
import { activeContext } from '../context/active.ts'
import { parentOf, spanOf, withSpan } from '../context/span-context.ts'
import { spanKind, startSpan, statusError } from '../context/tracer.ts'
import { injectCall, type RequestSetter } from '../propagation/propagator.ts'
import * as semconv from '../semconv.ts'
import { recordError } from '../span/error.ts'
import { isDatadog, isForeignCall, nameOf as nameOfScope, reportForeign } from './foreign.ts'
import { knownMethod, nameOf } from './method.ts'
import { redactedQuery } from './query.ts'

const datadogFields = ['x-datadog-trace-id']
const noNames: ReadonlySet<string> = new Set()
const maxMethodLength = 64

/** A request that is about to be sent. */
export interface Call {
  readonly method: string
  /** Undefined if the request has no valid URL. Of CONNECT, only host and port count. */
  readonly url: URL | undefined
}

/**
 * Opens a client span in the active context, and injects its context into the request. Returns
 * undefined if nobody needs to know how the request ends.
 */
export function openClientSpan<R>(
  { method, url }: Call,
  request: R,
  setter: RequestSetter<R>,
): ClientSpan | undefined {
  const parent = activeContext()
  if (isSuppressed(parent)) return undefined
  const active = spanOf(parent)
  if (isForeignCall(active)) {
    reportForeign(nameOfScope(active), 'outgoing calls')
    return undefined
  }
  if (isDatadog() && setter.has(request, datadogFields)) {
    reportForeign('dd-trace', 'outgoing calls')
    return undefined
  }
  const span = startSpan(
    nameOf(knownMethod(method)),
    { kind: spanKind.client, attributes: clientAttributes(method, url) },
    parent,
  )
  injectCall(withSpan(parent, span), parentOf(parent) === undefined, request, setter)
  return span.isRecording() ? new ClientSpan(span) : undefined
}

/** The target of CONNECT, `example.com:443`, which has no path and no scheme. */
export const targetOf = (target: string): URL => new URL(`http://${target}`)

/** Attributes of a client span, without the credentials that a URL may contain. */
export function clientAttributes(method: string, url: URL | undefined): Attributes {
  const known = knownMethod(method)
  const attributes: Attributes = { [semconv.httpRequestMethod]: known }
  if (known !== method) {
    attributes[semconv.httpRequestMethodOriginal] = method.slice(0, maxMethodLength)
  }
  if (url === undefined) return attributes
  attributes[semconv.serverAddress] = url.hostname
  attributes[semconv.serverPort] = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  if (method === 'CONNECT') return attributes
  const query = url.search === '' ? '' : `?${redactedQuery(url.search.slice(1), noNames)}`
  attributes[semconv.urlFull] = `${url.protocol}//${url.host}${url.pathname}${query}`
  return attributes
}

/** The span of one outgoing request, which ends with the verdict of the call. */
export class ClientSpan implements CallObserver {
  private readonly span: Span

  constructor(span: Span) {
    this.span = span
  }

  answered({ status, httpVersion }: Answer): void {
    this.span.setAttribute(semconv.httpResponseStatusCode, status)
    if (httpVersion !== undefined) {
      this.span.setAttribute(semconv.networkProtocolVersion, httpVersion)
    }
  }

  ended(verdict: CallVerdict): void {
    const { span } = this
    const type = errorTypeOfCall(verdict)
    if (verdict.outcome === 'failed') recordError(span, verdict.error)
    // A call that its caller aborted has a type, but has not failed.
    else if (type !== undefined && verdict.outcome !== 'aborted') {
      span.setStatus({ code: statusError })
    }
    // The same as in the metrics of the call, whatever has been recorded of the error itself.
    if (type !== undefined) span.setAttribute(semconv.errorType, type)
    const { endedMs } = verdict
    if (endedMs === undefined) span.end()
    else span.end(new Date(Date.now() - Math.floor(monotonicMs() - endedMs)))
  }
}
