import { type CallStatus, statusName } from '@clew/internal/grpc/status'
import type { Attributes, Span } from '@opentelemetry/api'
import { statusError } from '../context/tracer.ts'
import * as semconv from '../semconv.ts'

const maxDetailsLength = 1024

/** @param method - `package.Service/Method`, which is the name of the span too */
export const attributesOf = (method: string): Attributes => ({
  [semconv.rpcSystemName]: 'grpc',
  [semconv.rpcMethod]: method,
})

/** Ends the span of a call. */
export function endSpan(span: Span, { code, details }: CallStatus, isError: boolean): void {
  if (span.isRecording()) {
    const name = statusName(code)
    span.setAttribute(semconv.rpcStatusCode, name)
    if (isError) {
      span.setAttribute(semconv.errorType, name)
      const message = details?.slice(0, maxDetailsLength)
      span.setStatus({ code: statusError, ...(message ? { message } : {}) })
    }
  }
  span.end()
}
