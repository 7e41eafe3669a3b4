import { chmodSync } from 'node:fs'
import { lstat, unlink } from 'node:fs/promises'
import type { Server as HttpServer } from 'node:http'
import { connect, Server as NetServer } from 'node:net'
import { codeOf } from '@clew/internal/errors/error'
import { reasonOf } from '@clew/internal/errors/reason'
import { ServerError } from '../errors.ts'
import { type BoundAddress, boundAddress, formatTarget, type ListenTarget } from './address.ts'

/** Binds, or rejects with `ERR_SERVER_LISTEN` and a message of one line. */
export async function bind(http: HttpServer, target: ListenTarget): Promise<BoundAddress> {
  try {
    await tryToBind(http, target)
  } catch (error) {
    if (!('path' in target) || codeOf(error) !== 'EADDRINUSE' || !(await isStale(target.path))) {
      throw listenError(target, error)
    }
    // A process that was killed left its socket file behind.
    try {
      await unlink(target.path)
      await tryToBind(http, target)
    } catch (secondError) {
      throw listenError(target, secondError)
    }
  }
  return boundAddress(http)
}

function tryToBind(http: HttpServer, target: ListenTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(target, () => {
      http.off('error', reject)
      try {
        if ('path' in target && target.mode !== undefined) chmodSync(target.path, target.mode)
        resolve()
      } catch (error) {
        http.close()
        reject(error)
      }
    })
  })
}

/** Whether a path is a unix socket that no process listens on. */
async function isStale(path: string): Promise<boolean> {
  const stat = await lstat(path).catch(() => undefined)
  if (!stat?.isSocket()) return false
  return new Promise((resolve) => {
    const probe = connect(path, () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error) => resolve(codeOf(error) === 'ECONNREFUSED'))
  })
}

/**
 * Stops accepting connections, and leaves the open ones as they are. `http.Server.close` would
 * destroy idle keep-alive connections at once, and a client that is just sending a request on one
 * of them would lose it; it would also stop enforcing header timeouts.
 */
export function stopAccepting(http: HttpServer): void {
  try {
    NetServer.prototype.close.call(http)
  } catch {
    // Bun's is no net.Server, and its `close` is gentler.
    http.close(() => {})
  }
}

/** Clears the timer that `stopAccepting` left running. Call it after the last connection. */
export function dispose(http: HttpServer): void {
  http.close(() => {})
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host name is unknown',
}

export function listenError(target: ListenTarget, error: unknown): ServerError {
  const code = codeOf(error) ?? ''
  const known = reasons[code]
  const reason = known === undefined ? reasonOf(error) : `${known} (${code})`
  return new ServerError(
    'ERR_SERVER_LISTEN',
    `cannot listen on ${formatTarget(target)}: ${reason}`,
    { cause: error },
  )
}
