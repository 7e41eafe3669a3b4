import { DebugError } from './errors.ts'
import { processState } from './state.ts'

/** Runs `take` unless another capture runs in this process: then rejects with `ERR_DEBUG_BUSY`. */
export async function exclusively<T>(what: string, take: () => Promise<T>): Promise<T> {
  const state = processState()
  if (state.capture !== undefined)
    throw new DebugError('ERR_DEBUG_BUSY', `${state.capture} is being taken: try again later`)
  state.capture = what
  try {
    return await take()
  } finally {
    state.capture = undefined
  }
}
