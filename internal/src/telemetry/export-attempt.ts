import { type ExportFault, faultOf } from './export-fault.ts'
import type { ExportAnswer, PartialSuccess } from './otlp-answers.ts'

/** How one call of an exporter ended. */
export interface Attempt {
  /** Undefined: it was accepted. */
  readonly error?: unknown
  readonly fault?: ExportFault
  readonly partial?: PartialSuccess | undefined
}

/** How often one batch is divided to find what a receiver refuses. */
export const maxDivisions = 64

const firstPauseMs = 1000
const longestPauseMs = 30_000
const longestRetryAfterMs = 300_000

/**
 * Calls an exporter once. Resolves in at most `timeoutMs`; never rejects.
 * @param start - begins the export, with the callback that the exporter is given
 */
export function attemptExport(
  start: (done: (answer: ExportAnswer) => void) => void,
  timeoutMs: number,
): Promise<Attempt> {
  return new Promise((resolve) => {
    const late = setTimeout(
      () => fail(new Error(`no answer from the exporter in ${timeoutMs} ms`)),
      timeoutMs,
    ).unref()
    const fail = (error: unknown, fault = faultOf(error)) => {
      clearTimeout(late)
      resolve({ error, fault })
    }
    try {
      start(({ code, error, partial }) => {
        if (code !== 0) return fail(error ?? new Error('the exporter gave no reason'))
        clearTimeout(late)
        resolve({ partial })
      })
    } catch (error) {
      // It throws before it sends anything: a part of it cannot be encoded.
      fail(error ?? new Error('the exporter threw'), { kind: 'divisible', retryAfterMs: undefined })
    }
  })
}

/**
 * Whether a receiver answered. What cannot be encoded, or was not sent because of its size, costs no
 * request: it may be divided until all of it is found.
 */
export const isRefusal = ({ error }: Attempt): boolean =>
  typeof (error as { readonly code?: unknown } | null)?.code === 'number'

/**
 * How long to wait before the next attempt.
 * @param failures - how many failed before this one
 * @param retryAfterMs - what the receiver asks for
 */
export function retryPauseMs(failures: number, retryAfterMs: number | undefined): number {
  if (retryAfterMs !== undefined && retryAfterMs > 0) {
    return Math.min(retryAfterMs, longestRetryAfterMs)
  }
  const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 5))
  return pause * (0.8 + Math.random() * 0.4)
}
