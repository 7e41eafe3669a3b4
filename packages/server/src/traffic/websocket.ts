import type { Socket } from 'node:net'
import type { Connection } from './connection.ts'

/** Whether a WebSocket has been opened on a connection: both sides have agreed. */
export function isWebSocket({ upgradedTo, socket, sentBeforeUpgrade }: Connection): boolean {
  return upgradedTo === 'websocket' && socket.bytesWritten > sentBeforeUpgrade
}

/** A close frame with the status 1001, "going away" (RFC 6455, 5.5.1 and 7.4.1). */
const goingAway = Buffer.from([0x88, 0x02, 0x03, 0xe9])

/**
 * Asks the client to close, and to connect again. A control frame may stand between any two others,
 * and libraries write each of theirs at once, so that this one does not end up inside.
 */
export function sayGoingAway(socket: Socket): void {
  if (socket.writable) socket.write(goingAway)
}
