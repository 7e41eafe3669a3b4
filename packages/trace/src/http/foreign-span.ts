import type { RequestPart, RequestRecord } from '@clew/internal/requests/record'
import { routeOf } from '@clew/internal/requests/route'
import { isFailure, type Verdict } from '@clew/internal/requests/verdict'
import type { Span } from '@opentelemetry/api'
import * as semconv from '../semconv.ts'
import { recordException } from '../span/error.ts'
import { knownMethod, nameOf } from './method.ts'

/**
 * The server span of another instrumentation. It gets what that instrumentation cannot know: the
 * route, the operation, and the exception behind a 5xx. Its end and its status are not ours.
 */
export class ForeignSpan implements RequestPart {
  private readonly span: Span

  constructor(span: Span) {
    this.span = span
  }

  ended({ req, operation }: RequestRecord, verdict: Verdict): void {
    const { span } = this
    if (!span.isRecording()) return
    const route = routeOf(req)
    if (route !== undefined) {
      span.updateName(`${nameOf(knownMethod(req.method ?? 'GET'))} ${route}`)
      span.setAttribute(semconv.httpRoute, route)
    }
    if (operation?.service !== undefined) span.setAttribute(semconv.apiService, operation.service)
    if (operation?.method !== undefined) span.setAttribute(semconv.apiMethod, operation.method)
    if (isFailure(verdict) && verdict.error !== undefined) recordException(span, verdict.error)
  }
}
