import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { sayGoodbye } from './goodbye.ts'

/**
 * For a response that is complete before its request is: if Node closes the connection with it, the
 * rest of the upload is read on. Node would reset the connection, and the client, still sending,
 * would lose the response.
 */
export function readOn(req: IncomingMessage, socket: Socket, limitMs: number): void {
  const destroySoon = socket.destroySoon
  // Node calls it in the event of this response, or not for this response: the connection is kept.
  process.nextTick(() => {
    socket.destroySoon = destroySoon
  })
  // Public, and all that Node calls after a response that ends its connection.
  socket.destroySoon = () => {
    socket.destroySoon = destroySoon
    if (req.complete) {
      socket.destroySoon()
      return
    }
    if (!hasReader(req)) req.resume()
    sayGoodbye(socket, limitMs)
  }
}

/** Whether somebody still wants the body: a handler may answer first, and read on. */
function hasReader(req: IncomingMessage): boolean {
  return req.listenerCount('data') > 0 || req.listenerCount('readable') > 0
}
