import type { ServerResponse } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { RequestRecord } from '@clew/internal/requests/contract'
import { LinkedList, type Listed } from '@clew/internal/requests/list'
import { monotonicMs } from '@clew/internal/time/clock'

/** A request that has not ended, as its connection needs to know it. */
export interface OpenRequest extends Listed<OpenRequest> {
  readonly record: RequestRecord
  readonly res: ServerResponse
  /** Its header has told the client that the connection ends with it. */
  readonly hasSaidClose: boolean
}

/** One connection, as the shutdown and the guards need to know it. */
export class Connection {
  /** The plain socket during a TLS handshake, then the encrypted one. */
  socket: Socket
  /** The TLS handshake has not ended. */
  isHandshaking = false
  /** Its HTTP/2 session, if that is what the client speaks. */
  session: ServerHttp2Session | undefined = undefined
  /** Since when an HTTP/2 session has had no request. */
  idleSince: number = monotonicMs()
  /** Requests on it that have not ended, oldest first: several, if the client pipelines. */
  readonly requests: LinkedList<OpenRequest> = new LinkedList()
  /** Its socket is closed; requests may still be about to end. */
  isClosed = false
  /** Requests it has carried. */
  served = 0
  /** The protocol it was handed over to, in lower case; undefined as long as it is HTTP. */
  upgradedTo: string | undefined = undefined
  /** Bytes sent when it was handed over: more say that the other side has answered. */
  sentBeforeUpgrade = 0
  /** The server has begun to close it: what arrives on it is not processed any more. */
  isReleased = false
  /** Since when a response has been waiting for the client to read; 0 = it is not. */
  stalledAt = 0
  /** When the write guard last found it waiting; 0 = never, or not waiting. */
  beatAt = 0

  constructor(socket: Socket) {
    this.socket = socket
  }

  destroy(error?: Error): void {
    // Its requests hear of it at once; the socket follows in a later turn.
    this.session?.destroy()
    this.socket.destroy(error)
  }
}
