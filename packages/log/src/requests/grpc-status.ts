import type { Check } from '../errors.ts'
import { guarded } from './attempt.ts'
import { ignoredStrings } from './ignored-strings.ts'

export const cancelledCode = 1
export const deadlineExceededCode = 4

// The names of grpc-js's `status`, which is not loaded for them.
const statusNames = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
]
// Those that the semantic conventions count as errors of a server: UNKNOWN, DEADLINE_EXCEEDED,
// UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS.
const serverErrors: ReadonlySet<number> = new Set([2, 4, 12, 13, 14, 15])
const ignoredByDefault = [/^grpc\.health\.v1\.Health\//]

/** Options that both interceptors have. */
export interface GrpcOptions {
  /**
   * Methods without lines of their own: `package.Service/Method`, or a pattern. On a server they
   * still have a scope and an id, and a closing line if they fail. @defaultValue the standard
   * health service
   */
  readonly ignore?: readonly (string | RegExp)[]
  /**
   * Which statuses are errors, by their number. CANCELLED never is.
   * @defaultValue UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS
   */
  readonly isError?: (code: number) => boolean
}

export interface GrpcRules {
  isIgnored(name: string): boolean
  isError(code: number): boolean
}

/** Checks what both interceptors have. */
export function grpcRules(
  check: Check,
  { ignore = ignoredByDefault, isError = (code) => serverErrors.has(code) }: GrpcOptions,
): GrpcRules {
  check.function('isError', isError)
  const isErrorCode = guarded(isError)
  return {
    isIgnored: ignoredStrings(check, ignore, (name, entry) => name === entry),
    isError: (code) => code !== cancelledCode && isErrorCode(code) === true,
  }
}

/** The status by name; the details of a failure as `grpc.status`. */
export function statusFields(code: number, details: string | undefined): Record<string, unknown> {
  const fields: Record<string, unknown> = { 'grpc.code': statusNames[code] ?? String(code) }
  if (code !== 0 && details) fields['grpc.status'] = details
  if (code === cancelledCode) fields['aborted'] = true
  return fields
}

export function methodOf(path: string): {
  readonly name: string
  readonly service: string
  readonly method: string
} {
  const name = path.startsWith('/') ? path.slice(1) : path
  const slash = name.lastIndexOf('/')
  return { name, service: name.slice(0, Math.max(slash, 0)), method: name.slice(slash + 1) }
}
