import { type Denied, problem } from '../guard/answer.ts'
import type { Fault } from './fault.ts'

/** Why a request gets no further than its inputs. */
export type InputReason =
  | 'invalid_input'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'body_timed_out'
  | 'schema_failed'
  | 'schema_timed_out'
  | 'body_already_read'

export interface Refused {
  readonly reason: InputReason
  readonly denied: Denied
}

/** RFC 9457, section 3: `errors` is one of its examples. */
export function invalid(faults: readonly Fault[], maxErrors: number): Refused {
  const errors = faults.slice(0, maxErrors)
  const omitted = faults.length - errors.length
  return {
    reason: 'invalid_input',
    denied: problem({
      status: 400,
      title: 'Bad Request',
      code: 'invalid_input',
      errors,
      ...(omitted > 0 ? { omitted } : {}),
    }),
  }
}

export const tooLarge = (maxBytes: number): Refused => ({
  reason: 'body_too_large',
  denied: problem(
    {
      status: 413,
      title: 'Content Too Large',
      code: 'body_too_large',
      detail: `The body may have ${maxBytes} bytes.`,
    },
    // The rest of the body is not read.
    { Connection: 'close' },
  ),
})

/** RFC 9110, section 15.5.16: what is accepted stands in Accept, or in Accept-Encoding. */
export const unsupported = (
  accepted: { readonly Accept: string } | { readonly 'Accept-Encoding': string },
): Refused => ({
  reason: 'unsupported_media_type',
  denied: problem(
    { status: 415, title: 'Unsupported Media Type', code: 'unsupported_media_type' },
    accepted,
  ),
})

export const timedOut: Refused = {
  reason: 'body_timed_out',
  denied: problem(
    { status: 408, title: 'Request Timeout', code: 'body_timed_out' },
    { Connection: 'close' },
  ),
}

/** Nothing that the client could do about. */
export function failed(
  reason: 'schema_failed' | 'schema_timed_out' | 'body_already_read',
): Refused {
  const denied =
    reason === 'schema_timed_out'
      ? problem(
          { status: 503, title: 'Service Unavailable', code: 'unavailable' },
          { 'Retry-After': '5' },
        )
      : problem({ status: 500, title: 'Internal Server Error', code: 'internal_error' })
  return { reason, denied }
}
