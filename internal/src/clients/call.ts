import { typeOfError } from '../requests/verdict.ts'

/**
 * How a call of a client ended.
 *
 * - `answered`: the whole answer has come, whatever its status
 * - `aborted`: the caller did not want the answer any more; not a failure
 * - `failed`: no answer, or one that broke off
 * - `upgraded`: the connection went over to another protocol
 */
export type CallOutcome = 'answered' | 'aborted' | 'failed' | 'upgraded'

/** What all packages say about the end of one call. */
export interface CallVerdict {
  readonly outcome: CallOutcome
  /** The status of the answer; undefined where none has come. */
  readonly status: number | undefined
  /** Why it failed; the reason of an abort, where the caller gave one of its own. */
  readonly error: unknown
}

/**
 * The attribute `error.type` of span and metric: the status from 400 on, the type of the error, or
 * `aborted`, which is not a failure; undefined if the call succeeded.
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

/** Whoever observes one call. */
export interface CallObserver {
  /** The header of the answer has come. */
  answered?(answer: Answer): void
  /** A part of the body has come. Only undici tells, from 7.11 and Node 24 on. */
  chunk?(chunk: Uint8Array): void
  /** Called once. */
  ended(verdict: CallVerdict): void
}

export interface Answer {
  readonly status: number
  /** `1.1`; only node:http tells. */
  readonly httpVersion: string | undefined
  /** Names and values in turn, as they came. */
  readonly headers: readonly unknown[]
}

/** Whether an error says that the caller gave up, in the way that `AbortSignal` and Node say it. */
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
