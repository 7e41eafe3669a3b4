import type { Attributes, Span } from '@opentelemetry/api'
import { statusError } from '../context/tracer.ts'
import * as semconv from '../semconv.ts'

// The names of grpc-js's `status`, which is not loaded for them.
const statusNames =
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED'.split(
    ' ',
  )

const maxDetailsLength = 1024

/** How a call ended. */
export interface Status {
  readonly code: number
  readonly details?: string
}

/** The method of a call, `package.Service/Method`, which is the name of its span. */
export const methodOf = (path: string): string => (path.startsWith('/') ? path.slice(1) : path)

export const attributesOf = (method: string): Attributes => ({
  [semconv.rpcSystemName]: 'grpc',
  [semconv.rpcMethod]: method,
})

export function recordStatus(span: Span, { code, details }: Status, isError: boolean): void {
  if (!span.isRecording()) return
  const name = statusNames[code] ?? String(code)
  span.setAttribute(semconv.rpcStatusCode, name)
  if (!isError) return
  span.setAttribute(semconv.errorType, name)
  const message = details?.slice(0, maxDetailsLength)
  span.setStatus({ code: statusError, ...(message ? { message } : {}) })
}

/** `call` with some methods replaced. Methods that grpc-js may add later are forwarded as well. */
export function forwarding<C extends object>(call: C, replaced: Record<string, unknown>): C {
  return new Proxy(call, {
    get(target, key) {
      if (typeof key === 'string' && Object.hasOwn(replaced, key)) return replaced[key]
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
