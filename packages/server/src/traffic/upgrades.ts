import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RequestPart } from '@clew/internal/requests/contract'
import { recordOf } from '@clew/internal/requests/record'
import type { Traffic } from './traffic.ts'

/**
 * Notes who takes over a connection. Not before somebody does: a listener of our own would make Node
 * take requests for upgrades.
 */
export function watchUpgrades(http: HttpServer, traffic: Traffic): void {
  let isWatched = false
  const watch = () => {
    if (isWatched) return
    isWatched = true
    http.prependListener('upgrade', (req) => noteUpgrade(req, traffic))
  }
  if (http.listenerCount('upgrade') > 0) watch()
  http.on('newListener', (event) => {
    if (event === 'upgrade') watch()
  })
}

function noteUpgrade(req: IncomingMessage, traffic: Traffic): void {
  const connection = traffic.of(req.socket)
  if (connection === undefined) return
  connection.upgradedTo = String(req.headers.upgrade).toLowerCase()
  connection.sentBeforeUpgrade = connection.socket.bytesWritten
  recordOf(req).server ??= { draining: traffic.draining, ended() {} } as RequestPart
}

/** @param onFailed - called with what it throws, before the connection is destroyed */
export function handleUpgrades(
  http: HttpServer,
  onUpgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void,
  onFailed: (error: unknown, req: IncomingMessage) => void,
): void {
  http.on('upgrade', (req, socket, head) => {
    try {
      onUpgrade(req, socket, head)
    } catch (error) {
      onFailed(error, req)
      socket.destroy()
    }
  })
}
