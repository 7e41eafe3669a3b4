import type { ServerResponse } from 'node:http'
import { DebugError } from '../errors.ts'

/** What is being taken for clients. */
export interface Captures {
  /**
   * Runs `take`, whose signal is aborted when the client disconnects, and when the console is shut
   * down.
   *
   * @throws DebugError `ERR_DEBUG_CLOSED`
   */
  run<T>(res: ServerResponse, take: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** Cancels those that run, and starts no others. */
  shutdown(): void
}

export function createCaptures(): Captures {
  const running = new Set<AbortController>()
  let closed = false
  return {
    async run(res, take) {
      if (closed) throw new DebugError('ERR_DEBUG_CLOSED', 'the debug console was shut down')
      const controller = new AbortController()
      // The response closes before it is finished if the client disconnects.
      res.once('close', () => {
        if (!res.writableFinished) controller.abort()
      })
      running.add(controller)
      try {
        return await take(controller.signal)
      } finally {
        running.delete(controller)
      }
    },
    shutdown() {
      closed = true
      for (const controller of running) controller.abort()
    },
  }
}
