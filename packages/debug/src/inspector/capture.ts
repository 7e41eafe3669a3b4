import { DebugError } from '../errors.ts'
import { processState } from './process-state.ts'

/** A scraper, a person, and their colleague: each has a sampler of its own. */
const maxCaptures = 4

/** Runs `take`, unless `maxCaptures` run in this process: then it rejects with `ERR_DEBUG_BUSY`. */
export async function bounded<T>(take: () => Promise<T>): Promise<T> {
  const { captures } = processState()
  if (captures.size >= maxCaptures) {
    const message = `${maxCaptures} profiles are being taken: try again later`
    throw new DebugError('ERR_DEBUG_BUSY', message)
  }
  const capture = Symbol('capture')
  captures.add(capture)
  try {
    return await take()
  } finally {
    captures.delete(capture)
  }
}

export const cancelledError = (signal: AbortSignal | undefined): DebugError =>
  new DebugError('ERR_DEBUG_CANCELLED', 'the profile was cancelled', { cause: signal?.reason })

/** Waits, unless the signal is aborted: then it rejects with `ERR_DEBUG_CANCELLED`. */
export function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = () => {
      clearTimeout(timer)
      reject(cancelledError(signal))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', cancel)
      resolve()
    }, ms)
    if (signal?.aborted) cancel()
    else signal?.addEventListener('abort', cancel, { once: true })
  })
}
