import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { chain } from '../policy/maybe-promise.ts'
import type { Denied } from './answer.ts'
import { type Guard, markGuarded } from './guard.ts'

/** A listener of the event `upgrade` of a node:http server. */
export type UpgradeHandler = (req: IncomingMessage, socket: Duplex, head: Buffer) => void

/**
 * An `upgrade` listener behind a guard, for WebSockets: `server.on('upgrade', security.upgrade(guard,
 * handle))`. A denied request gets the response and the end of its connection; `handle` does not see
 * it.
 */
export function upgrade(guard: Guard, handle: UpgradeHandler): UpgradeHandler {
  const listener: UpgradeHandler = (req, socket, head) => {
    // While the decision is waited for, nobody else listens; without a listener it is uncaught.
    const drop = () => socket.destroy()
    socket.on('error', drop)
    const conclude = (denied: Denied | undefined) => {
      if (denied) {
        refuse(socket, denied)
        return
      }
      socket.off('error', drop)
      if (!socket.destroyed) handle(req, socket, head)
    }
    void chain(guard.check(req), conclude)
  }
  return markGuarded(listener, guard.operation)
}

function refuse(socket: Duplex, { status, headers, body }: Denied): void {
  if (socket.destroyed) return
  const { STATUS_CODES } = process.getBuiltinModule('node:http')
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`]
  for (const [name, values] of Object.entries(headers)) {
    for (const value of [values].flat()) lines.push(`${name}: ${value}`)
  }
  lines.push(`Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close', '', body)
  socket.once('finish', () => socket.destroy())
  socket.end(lines.join('\r\n'))
}
