import type { RequestPart, RequestRecord } from '@clew/internal/requests/contract'
import { errorTypeOf, isFailure, type Verdict } from '@clew/internal/requests/verdict'
import type { Span } from '@opentelemetry/api'
import { statusError } from '../context/tracer.ts'
import * as semconv from '../semconv.ts'
import { recordError, recordException } from '../span/error.ts'
import { describeOperation } from './operation.ts'

/** The span of one request, which ends with the request's verdict. */
export class ServerSpan implements RequestPart {
  private readonly span: Span
  private thrown: unknown = undefined

  constructor(span: Span) {
    this.span = span
  }

  /** Records what the handler threw. Whether the request failed is for the verdict to say. */
  threw(error: unknown): void {
    this.thrown = error
    recordException(this.span, error)
  }

  ended(record: RequestRecord, verdict: Verdict): void {
    const { span } = this
    describeOperation(span, record)
    const { status, outcome } = verdict
    if (status !== undefined) span.setAttribute(semconv.httpResponseStatusCode, status)
    if (outcome === 'aborted') span.setAttribute(semconv.requestAborted, true)
    else if (isFailure(verdict)) this.fail(verdict)
    // The same as in the metrics of the request, whatever has been recorded of the error itself.
    const type = errorTypeOf(verdict)
    if (type !== undefined) span.setAttribute(semconv.errorType, type)
    span.end()
  }

  private fail({ outcome, error }: Verdict): void {
    const { span, thrown } = this
    const isNew = error !== undefined && error !== thrown
    if (outcome === 'answered') {
      // The status of the response says enough: the conventions want no description beside it.
      if (isNew) recordException(span, error)
      span.setStatus({ code: statusError })
    } else if (isNew) recordError(span, error)
    else span.setStatus({ code: statusError })
  }
}

/** The part of a request that is not recorded: a second middleware passes it on. */
export const unrecorded: RequestPart = {}
