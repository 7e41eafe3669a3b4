import { typeOfError } from '../requests/verdict.ts'

/**
 * How an outgoing call ended.
 *
 * - `answered`: the whole response arrived, or as much of it as the caller has read, whatever its
 *   status
 * - `aborted`: the caller aborted; not a failure
 * - `failed`: no response, or an incomplete one
 * - `upgraded`: the connection switched to another protocol
 */
export type CallOutcome = 'answered' | 'aborted' | 'failed' | 'upgraded'

/** How one call ended, judged once for all packages. */
export interface CallVerdict {
  readonly outcome: CallOutcome
  /** The response status; undefined if there was no response. */
  readonly status: number | undefined
  /** Why it failed, or the abort reason, if the caller gave one of its own. */
  readonly error: unknown
  /**
   * When it ended, on the clock of `performance.now()`, if that was earlier than now: the body of
   * the response was not read to its end.
   */
  readonly endedMs?: number
}

/**
 * The `error.type` attribute of span and metric: the status from 400 up, the error's type, or
 * `aborted` (not a failure). Undefined if the call succeeded.
 */
export function errorTypeOfCall({ outcome, status, error }: CallVerdict): string | undefined {
  switch (outcome) {
    case 'answered':
      return status !== undefined && status >= 400 ? String(status) : undefined
    case 'failed':
      return typeOfError(error)
    case 'aborted':
      return 'aborted'
    case 'upgraded':
      return undefined
  }
}

/** Observes one call. */
export interface CallObserver {
  /** The response headers arrived. */
  answered?(answer: Answer): void
  /** A chunk of the response body arrived. Only undici 7.11 and Node 24 and later report it. */
  chunk?(chunk: Uint8Array): void
  /** Called once. */
  ended(verdict: CallVerdict): void
}

export interface Answer {
  readonly status: number
  /** Such as `1.1`; only node:http reports it. */
  readonly httpVersion: string | undefined
  /** Alternating names and values, as received. */
  readonly headers: readonly unknown[]
}

/**
 * Whether an error is the `AbortError` by which `AbortSignal` and Node report that the caller gave
 * up.
 */
export function isAbortError(error: unknown): boolean {
  return nameOf(error) === 'AbortError'
}

function nameOf(error: unknown): unknown {
  try {
    return (error as { readonly name?: unknown } | null | undefined)?.name
  } catch {
    return undefined
  }
}
