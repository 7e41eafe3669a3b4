import { codeOf } from '../errors/error.ts'

/**
 * How a request ended.
 *
 * - `answered`: the whole response was handed to the system
 * - `aborted`: the client disconnected first
 * - `cut`: this process closed the connection before the response was complete, such as at the
 *   shutdown deadline
 * - `timed_out`: the server closed the connection because the client was too slow to send or to
 *   read
 * - `failed`: an error interrupted the response
 * - `upgraded`: the connection switched to another protocol
 */
export type Outcome = 'answered' | 'aborted' | 'cut' | 'timed_out' | 'failed' | 'upgraded'

/** How one request ended, judged once for all packages. */
export interface Verdict {
  readonly outcome: Outcome
  /** The status that was sent; undefined if no headers were. */
  readonly status: number | undefined
  /**
   * What interrupted the response, or the error that the server or an adapter turned into it;
   * undefined if there is none.
   */
  readonly error: unknown
  /** Bytes of the body that were sent; undefined if unknown. */
  readonly bytes: number | undefined
  readonly durationMs: number
}

/** Whether the service is at fault: logged as an error. */
export function isFailure({ outcome, status }: Verdict): boolean {
  if (outcome === 'answered') return status !== undefined && status >= 500
  return outcome === 'failed' || outcome === 'cut' || outcome === 'timed_out'
}

const outcomeTypes = { aborted: 'aborted', cut: 'cut', timed_out: 'timeout' } as const

/** The `error.type` attribute of span and metric; undefined if the request succeeded. */
export function errorTypeOf(verdict: Verdict): string | undefined {
  const { outcome, status, error } = verdict
  if (outcome === 'upgraded') return undefined
  if (outcome === 'answered') return isFailure(verdict) ? String(status) : undefined
  return outcome === 'failed' ? typeOfError(error) : outcomeTypes[outcome]
}

/**
 * The `error.type` of anything thrown: its code, its name, or `_OTHER`. Always one short word, to
 * bound the cardinality.
 */
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
