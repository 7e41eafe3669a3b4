import type { RequestPart, RequestRecord } from '@clew/internal/requests/contract'
import { isFailure, type Verdict } from '@clew/internal/requests/verdict'
import type { Span } from '@opentelemetry/api'
import { recordException } from '../span/error.ts'
import { describeOperation } from './operation.ts'

/**
 * The server span of another instrumentation. It gets what that instrumentation cannot know: the
 * route, the operation, and the exception behind a 5xx. Its end and its status are not ours.
 */
export class ForeignSpan implements RequestPart {
  private readonly span: Span

  constructor(span: Span) {
    this.span = span
  }

  ended(record: RequestRecord, verdict: Verdict): void {
    const { span } = this
    if (!span.isRecording()) return
    describeOperation(span, record)
    if (isFailure(verdict) && verdict.error !== undefined) recordException(span, verdict.error)
  }
}
