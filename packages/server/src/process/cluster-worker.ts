import { isStop, readyMessage } from './cluster-messages.ts'
import { type Supervision, stopAll } from './supervision.ts'

/** Lets the primary of a cluster stop the servers of this worker, if it is one. */
export function hearPrimary(supervision: Supervision): void {
  if (process.send === undefined || supervision.hearsPrimary) return
  supervision.hearsPrimary = true
  process.on('message', (message) => {
    if (!isStop(message)) return
    const { reason, isHasty, isReplaced, timeoutMs } = message
    stopAll(supervision, { reason, hasty: isHasty, isReplaced }, { exitCode: 0, timeoutMs })
  })
}

/** Tells the primary that this worker listens. */
export function reportReady(): void {
  // Without an error handler, a primary that has ended would end this process too, not cleanly.
  process.send?.(readyMessage, undefined, undefined, () => {})
}
