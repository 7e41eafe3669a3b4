import { ignoredMethods } from '@clew/internal/grpc/ignored-methods'
import { cancelledCode, isServerError, statusName } from '@clew/internal/grpc/status'
import type { Check } from '../errors.ts'
import { guarded } from './attempt.ts'

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
  { ignore, isError = isServerError }: GrpcOptions,
): GrpcRules {
  check.function('isError', isError)
  const isErrorCode = guarded(isError)
  return {
    isIgnored: ignoredMethods(check, ignore),
    isError: (code) => code !== cancelledCode && isErrorCode(code) === true,
  }
}

/** The status by name; the details of a failure as `grpc.status`. */
export function statusFields(code: number, details: string | undefined): Record<string, unknown> {
  const fields: Record<string, unknown> = { 'grpc.code': statusName(code) }
  if (code !== 0 && details) fields['grpc.status'] = details
  if (code === cancelledCode) fields['aborted'] = true
  return fields
}
