import cluster from 'node:cluster'
import { createServer } from 'node:net'

/** A primary that is busy for longer has other troubles. */
const limitMs = 1_000
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
 */
export function emptyHandover(): Promise<void> {
  if (!cluster.isWorker || !process.connected) return Promise.resolve()
  return new Promise((resolve) => {
    const question = createServer()
    const timer = setTimeout(end, limitMs)
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
