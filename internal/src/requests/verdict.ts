import { codeOf } from '../errors/error.ts'

/**
 * How a request ended.
 *
 * - `answered`: the whole response was handed over
 * - `aborted`: the client left first
 * - `cut`: this process closed the connection before the response was complete, such as at the deadline of a shutdown
 * - `timed_out`: the server closed the connection, since the client took too long to send or to read
 * - `failed`: an error broke the response off
 * - `upgraded`: the connection went over to another protocol
 */
export type Outcome = 'answered' | 'aborted' | 'cut' | 'timed_out' | 'failed' | 'upgraded'

/** What all packages say about the end of one request. */
export interface Verdict {
  readonly outcome: Outcome
  /** The status that was sent; undefined where no header was. */
  readonly status: number | undefined
  /** What broke the response off, or the error that the server or an adapter turned into this answer; undefined where there is none. */
  readonly error: unknown
  /** Bytes of the body that were sent; undefined where they are not known. */
  readonly bytes: number | undefined
  readonly durationMs: number
}

/** Whether the service is to blame: what a log shows as an error. */
export function isFailure({ outcome, status }: Verdict): boolean {
  if (outcome === 'answered') return status !== undefined && status >= 500
  return outcome === 'failed' || outcome === 'cut' || outcome === 'timed_out'
}

const outcomeTypes = { aborted: 'aborted', cut: 'cut', timed_out: 'timeout' } as const

/** The attribute `error.type` of span and metric; undefined where the request went well. */
export function errorTypeOf(verdict: Verdict): string | undefined {
  const { outcome, status, error } = verdict
  if (outcome === 'upgraded') return undefined
  if (outcome === 'answered') return isFailure(verdict) ? String(status) : undefined
  return outcome === 'failed' ? typeOfError(error) : outcomeTypes[outcome]
}

/** `error.type` of whatever was thrown: its code, its name, or `_OTHER`. A short word, never a sentence. */
export function typeOfError(error: unknown): string {
  const code = codeOf(error)
  if (code !== undefined && isWord(code)) return code
  try {
    const name = (error as { readonly name?: unknown } | null | undefined)?.name
    if (isWord(name)) return name
  } catch {
    // A getter that throws.
  }
  return '_OTHER'
}

const isWord = (text: unknown): text is string =>
  typeof text === 'string' && /^[\w.:-]{1,100}$/.test(text)
