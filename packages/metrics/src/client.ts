import type { Labels } from './attributes.ts'
import { errorTypeOf, labelled } from './histogram.ts'
import { knownMethods } from './method.ts'
import { watchNodeHttp } from './node-client.ts'
import { state } from './state.ts'
import { watchUndici } from './undici-client.ts'

/** Where a request goes. */
export interface Target {
  readonly host: string
  readonly port: number
}

/** A request that is under way. What is written to it until `end` becomes labels. */
export interface Call {
  status?: number
  version?: string
  error?: unknown
  /** Records how long it took. */
  end(): void
}

export type Begin = (method: string, target: Target) => Call

const MAX_SERVERS = 100

/**
 * `http.client.request.duration` of every request that is made with undici, `fetch`, node:http and node:https, from their diagnostics
 * channels: nothing is patched. Returns what ends it.
 */
export function watchClients(): () => void {
  const duration = labelled('http.client.request.duration', {
    description: 'Duration of HTTP client requests.',
    unit: 's',
  })
  const methodOf = knownMethods()
  const servers = new Set<string>()

  const begin: Begin = (given, target) => {
    const start = performance.now()
    const method = methodOf(given)
    return {
      end() {
        const labels: Labels = { 'http.request.method': method, ...serverOf(target, servers) }
        const { status, version, error } = this
        if (status !== undefined) labels['http.response.status_code'] = status
        if (version !== undefined) labels['network.protocol.version'] = version
        if (error !== undefined) labels['error.type'] = errorTypeOf(error)
        else if (status !== undefined && status >= 400) labels['error.type'] = String(status)
        duration((performance.now() - start) / 1000, labels)
      },
    }
  }

  const stops = [watchUndici(begin), watchNodeHttp(begin)]
  return () => {
    for (const stop of stops) stop()
  }
}

/** A service that calls whatever address it is given (webhooks) must not make a series for each. */
function serverOf({ host, port }: Target, servers: Set<string>): Labels {
  const key = `${host} ${port}`
  if (!servers.has(key)) {
    if (servers.size >= MAX_SERVERS) {
      state().once?.('servers', {
        type: 'metrics.overflow',
        level: 'warn',
        message: `http.client.request.duration has seen ${MAX_SERVERS} different servers; further ones are counted together as server.address="_OTHER"`,
        fields: { metric: 'http.client.request.duration', limit: MAX_SERVERS },
      })
      return { 'server.address': '_OTHER' }
    }
    servers.add(key)
  }
  return { 'server.address': host, 'server.port': port }
}
