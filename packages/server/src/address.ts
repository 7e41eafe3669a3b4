import type { Server } from 'node:net'
import { optionError } from './errors.ts'

/**
 * Where to listen: `':8080'`, `'host:port'`, `'[::1]:8080'`, `'unix:/path'`, `{ host?, port }` or `{ path }`.
 * Port 0 is any free port. No host: all interfaces.
 */
export type Address =
  | string
  | { readonly host?: string | undefined; readonly port: number }
  | { readonly path: string }

/** What a listener was really bound to. */
export interface BoundAddress {
  /** For a person or a client: `http://127.0.0.1:8080`, or `unix:/path`. */
  readonly url: string
  readonly host?: string
  readonly port?: number
  readonly path?: string
}

/** What `net.Server.listen` takes. */
export type ListenTarget =
  | { readonly host?: string; readonly port: number }
  | { readonly path: string }

const expected = "':8080', 'host:port', 'unix:/path', { host, port } or { path }"

export function parseAddress(option: string, address: unknown): ListenTarget {
  if (typeof address === 'string') {
    const path = /^unix:(?:\/\/(?=\/))?(.+)$/.exec(address)?.[1]
    if (path) return { path }
    const found = /^(?:\[([\da-fA-F:.%\w]+)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(address)
    const port = Number(found?.[3])
    if (!found || port > 65_535) throw optionError(option, expected, address)
    return target(found[1] ?? found[2], port)
  }
  if (typeof address === 'object' && address !== null) {
    const { host, port, path } = address as Record<string, unknown>
    if (typeof path === 'string' && path && port === undefined) return { path }
    if (host !== undefined && typeof host !== 'string') {
      throw optionError(`${option}.host`, 'a string', host)
    }
    if (!Number.isInteger(port) || (port as number) < 0 || (port as number) > 65_535) {
      throw optionError(`${option}.port`, 'an integer from 0 to 65535', port)
    }
    return target(host as string | undefined, port as number)
  }
  throw optionError(option, expected, address)
}

const target = (host: string | undefined, port: number): ListenTarget =>
  host ? { host, port } : { port }

/** As a person writes it: `:8080`, `127.0.0.1:8080`, `[::1]:8080`, `unix:/path`. */
export function textOf(address: ListenTarget): string {
  if ('path' in address) return `unix:${address.path}`
  return `${bracketed(address.host ?? '')}:${address.port}`
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host)

/** Whether only this machine reaches it: a loopback address or name, or a unix socket. */
export function isLoopback(address: ListenTarget): boolean {
  if ('path' in address) return true
  return isLoopbackName(address.host ?? '')
}

export const isLoopbackName = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/i.test(host)

export function boundAddress(server: Server): BoundAddress {
  const bound = server.address()
  if (bound === null) throw new Error('not listening')
  if (typeof bound === 'string') return { url: `unix:${bound}`, path: bound }
  const wildcard = bound.address === '::' || bound.address === '0.0.0.0'
  const name = wildcard ? '127.0.0.1' : bracketed(bound.address)
  return { url: `http://${name}:${bound.port}`, host: bound.address, port: bound.port }
}
