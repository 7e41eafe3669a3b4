import cluster from 'node:cluster'
import { createServer } from 'node:net'

/** The least that a busy primary gets, also where no time is left. */
const leastMs = 1_000
/** No process has so many. */
const noDescriptor = 2 ** 31 - 1

/**
 * In a worker of a cluster, resolves when no connection is on its way any more. The primary accepts
 * them, and hands each over by a message; what comes after the listener has closed, this process
 * gives back. Node forgets one whose message is on its way when the worker ends, open as it is: its
 * client waits for ever.
 *
 * Messages keep their order, so any answer of the primary is enough, and there is one that changes
 * nothing: that a descriptor which does not exist cannot be listened on. (`worker.disconnect()`
 * waits for an answer too, but tells the primary that this worker is not to be replaced.)
 *
 * @param limitMs - how long to wait. To end before the answer is worse than to wait for it: a primary
 * that answers a worker which has ended fails, unless it listens to its errors.
 */
export function emptyHandover(limitMs: number): Promise<void> {
  if (!cluster.isWorker || !process.connected) return Promise.resolve()
  return new Promise((resolve) => {
    const question = createServer()
    const timer = setTimeout(end, Math.max(leastMs, limitMs))
    function end() {
      clearTimeout(timer)
      process.off('disconnect', end)
      question.off('error', end).on('error', () => {})
      resolve()
    }
    process.on('disconnect', end)
    question.on('error', end)
    question.listen({ fd: noDescriptor })
  })
}
