import { DebugError } from '../errors.ts'
import { processState } from './process-state.ts'

/**
 * Runs `take`, unless another capture runs in this process: then it rejects with `ERR_DEBUG_BUSY`.
 */
export async function exclusively<T>(what: string, take: () => Promise<T>): Promise<T> {
  const state = processState()
  if (state.capture !== undefined) throw busyError(state.capture)
  state.capture = what
  try {
    return await take()
  } finally {
    state.capture = undefined
  }
}

export const busyError = (capture: string | undefined): DebugError =>
  new DebugError('ERR_DEBUG_BUSY', `${capture} is being taken: try again later`)

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
