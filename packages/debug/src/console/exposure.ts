import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:net'
import { isLoopback, normalAddress } from '@clew/internal/network/address'
import { optionCheck } from '../errors.ts'

// Node publishes each server that has begun to listen.
const listening = 'tracing:net.server.listen:asyncEnd'

/**
 * Watches for a server that offers `handler` on an address that is not loopback, and throws there,
 * which ends the process with an uncaught error: everybody would get a 403, or, behind a proxy that
 * leaves no sign, a console. Only for consoles without a guard. Returns a function that stops it.
 */
export function refuseExposure(handler: unknown): () => void {
  const check = (message: unknown) => {
    const { server } = message as { readonly server?: Server }
    const address = server?.address()
    // A Unix socket, or a port that is reachable from this machine only.
    if (!server || !address || typeof address === 'string') return
    if (isLoopback(normalAddress(address.address)) || !serves(server, handler)) return
    throw optionCheck('debug.console').error(
      'guard',
      `a function, since a server with the console listens on ${address.address} port ${address.port}`,
      undefined,
    )
  }
  subscribe(listening, check)
  return () => void unsubscribe(listening, check)
}

interface Mounted {
  readonly stack?: readonly { readonly handle?: unknown }[]
}

function serves(server: Server, handler: unknown): boolean {
  return server.listeners('request').some((listener) => {
    if (listener === handler) return true
    // Express 4 and 5.
    const { _router, router } = listener as {
      readonly _router?: Mounted
      readonly router?: Mounted
    }
    const { stack } = _router ?? router ?? {}
    return Array.isArray(stack) && stack.some((layer) => layer?.handle === handler)
  })
}
