// The names of `status` in grpc-js, so that it need not be loaded.
const names = `
  OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS
  PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED
  INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED`
  .trim()
  .split(/\s+/)
// UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE and DATA_LOSS: the errors of a
// server in the semantic conventions.
const serverErrors: ReadonlySet<number> = new Set([2, 4, 12, 13, 14, 15])

export const cancelledCode = 1
export const deadlineExceededCode = 4

/** How a call ended. */
export interface CallStatus {
  readonly code: number
  readonly details?: string
  /** Whether the caller cancelled the call before the server sent a status. */
  readonly aborted?: boolean
}

export const statusName = (code: number): string => names[code] ?? String(code)

/** Whether the server is at fault, not its caller. */
export const isServerError = (code: number): boolean => serverErrors.has(code)
