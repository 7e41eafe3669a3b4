import { lstat, unlink } from 'node:fs/promises'
import type { Server as HttpServer } from 'node:http'
import { connect, Server as NetServer } from 'node:net'
import { type BoundAddress, boundAddress, type ListenTarget, textOf } from './address.ts'
import { messageOf, ServerError } from './errors.ts'

/** Binds; rejects with `ERR_SERVER_LISTEN` and one clear line. */
export async function bind(http: HttpServer, target: ListenTarget): Promise<BoundAddress> {
  try {
    await attempt(http, target)
  } catch (error) {
    if (!('path' in target) || codeOf(error) !== 'EADDRINUSE' || !(await isStale(target.path))) {
      throw failure(target, error)
    }
    // A process that was killed left its socket file behind.
    try {
      await unlink(target.path)
      await attempt(http, target)
    } catch (second) {
      throw failure(target, second)
    }
  }
  return boundAddress(http)
}

function attempt(http: HttpServer, target: ListenTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(target, () => {
      http.off('error', reject)
      resolve()
    })
  })
}

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
 * Stops accepting, and leaves every connection as it is. `http.Server.close` would destroy idle keep-alive connections at once,
 * and a client that is just sending on one of them would lose its request; it also ends the enforcement of header timeouts.
 */
export function stopAccepting(http: HttpServer): void {
  NetServer.prototype.close.call(http)
}

/** After the last connection: clears the timer that `stopAccepting` left running. */
export function dispose(http: HttpServer): void {
  http.close(() => {})
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host name is unknown',
}

function failure(target: ListenTarget, error: unknown): ServerError {
  const code = codeOf(error)
  const reason = reasons[code] ?? messageOf(error)
  return new ServerError(
    'ERR_SERVER_LISTEN',
    `cannot listen on ${textOf(target)}: ${reason}${code in reasons ? ` (${code})` : ''}`,
    { cause: error },
  )
}

const codeOf = (error: unknown) => String((error as { code?: unknown } | null)?.code ?? '')
