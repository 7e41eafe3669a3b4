import type { ClientRequest } from 'node:http'
import { authorityOf } from '@clew/internal/clients/node-http'
import type { Labels } from '../instruments/attributes.ts'
import { state } from '../instruments/state.ts'

/** The server that a call goes to. */
export interface CallServer {
  readonly host: string
  readonly port: number
}

const portOf = (protocol: string) => (protocol === 'https:' ? 443 : 80)

// All requests of a pool have the same origin string: parse it once.
const maxOrigins = 1000
const origins = new Map<string, CallServer>()

/** The server of a request of undici; undefined where its origin is no URL. */
export function serverOfOrigin(origin: string | URL): CallServer | undefined {
  const text = String(origin)
  const known = origins.get(text)
  if (known !== undefined || !URL.canParse(text)) return known
  const { hostname, port, protocol } = new URL(text)
  const server = { host: hostname, port: Number(port) || portOf(protocol) }
  if (origins.size >= maxOrigins) origins.clear()
  origins.set(text, server)
  return server
}

/** The server of a request of node:http. */
export function serverOfRequest(request: ClientRequest): CallServer {
  const authority = authorityOf(request)
  const [host = authority, port] = authority.split(/:(?=\d*$)/)
  return { host, port: Number(port) || portOf(request.protocol) }
}

const maxServers = 100

/**
 * Returns a function that gives the labels of a server. It tells the first 100 servers apart: a
 * service that calls any address it is given, such as webhooks, must not create a series for each.
 */
export function serverLabels(metric: string): (server: CallServer) => Labels {
  const servers = new Set<string>()
  return ({ host, port }) => {
    const key = `${host} ${port}`
    if (!servers.has(key)) {
      if (servers.size >= maxServers) {
        state().reportOnce?.('servers', {
          type: 'metrics.overflow',
          level: 'warn',
          message: `${metric} has seen ${maxServers} different servers; further ones are counted together as server.address="_OTHER"`,
          fields: { metric, limit: maxServers },
        })
        return { 'server.address': '_OTHER' }
      }
      servers.add(key)
    }
    return { 'server.address': host, 'server.port': port }
  }
}
