import type { Span } from '@opentelemetry/api'
import { statusError } from '../context/tracer.ts'
import { errorType } from '../semconv.ts'

const maxLength = 1024

/** What was thrown, which may be anything, `undefined` too. */
export interface Failure {
  readonly error: unknown
}

interface Description {
  readonly name: string
  readonly message: string
  readonly stack?: string
}

/** Records an exception event, the status and `error.type`. `error` is whatever was thrown. */
export function recordError(span: Span, error: unknown): void {
  if (!span.isRecording()) return
  const description = describe(error)
  span.recordException(description)
  span.setStatus({ code: statusError, message: description.message })
  span.setAttribute(errorType, description.name)
}

/** Records the exception event only: for a span whose status follows from something else. */
export function recordException(span: Span, error: unknown): void {
  if (span.isRecording()) span.recordException(describe(error))
}

function describe(error: unknown): Description {
  try {
    if (typeof error !== 'object' || error === null) {
      return { name: typeof error, message: String(error) }
    }
    const { name, message, stack } = error as Partial<Record<keyof Error, unknown>>
    return {
      name: stringOf(name) ?? 'Error',
      message: stringOf(message) ?? '',
      ...(typeof stack === 'string' ? { stack } : {}),
    }
  } catch {
    return { name: 'Error', message: 'an error that cannot be read' }
  }
}

const stringOf = (value: unknown) =>
  typeof value === 'string' && value !== '' ? value.slice(0, maxLength) : undefined
