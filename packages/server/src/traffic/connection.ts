import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** One connection, as the shutdown and the write guard need to know it. */
export class Connection {
  readonly socket: Socket
  /** Requests on it that have not ended. */
  active = 0
  /** Requests it has carried. */
  served = 0
  isUpgraded = false
  /** The server has begun to close it. */
  isReleased = false
  /** The response to the newest request that has not ended. */
  newest: ServerResponse | undefined = undefined
  /** Since when a response has been waiting for the client to read; 0 = it is not. */
  stalledAt = 0
  /** When the write guard last found it waiting; 0 = never, or not waiting. */
  beatAt = 0

  constructor(socket: Socket) {
    this.socket = socket
  }
}
