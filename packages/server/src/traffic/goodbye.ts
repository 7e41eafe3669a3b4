import type { Socket } from 'node:net'

/** How long the client may be silent before the connection is destroyed. Go uses the same time. */
const quietMs = 500

/**
 * Closes a connection as Go does: the server's side first, after what is still being sent. What the
 * client sends is read on and thrown away, until it closes its side, is silent for 500 ms, or
 * `limitMs` have passed. A connection that is destroyed while bytes arrive is reset, and the reset
 * takes the response from the client before it has read it.
 *
 * @param error - what the connection is destroyed with
 */
export function sayGoodbye(socket: Socket, limitMs: number, error?: Error): void {
  socket.end()
  const startedAt = performance.now()
  let read = socket.bytesRead
  const timer = setInterval(
    () => {
      const isQuiet = socket.bytesRead === read
      read = socket.bytesRead
      // A response that is still being sent has its own limit.
      if (socket.writableLength > 0 && isQuiet) return
      if (isQuiet || performance.now() - startedAt >= limitMs) socket.destroy(error)
    },
    Math.min(quietMs, Math.max(1, limitMs)),
  ).unref()
  socket.once('close', () => clearInterval(timer))
}
