import { isIP, type Server } from 'node:net'
import { isLoopback as isLoopbackAddress, normalAddress } from '@clew/internal/network/address'
import type { ServerCheck } from '../errors.ts'

/**
 * Where to listen: `':8080'`, `'host:port'`, `'[::1]:8080'`, `'unix:/path'`, `{ host?, port }` or
 * `{ path, mode? }`. Port 0 is any free port. `mode` are the permissions of the socket file, such as
 * `0o660`: without it, those that the umask leaves. Without a host, the server listens on all interfaces.
 */
export type Address =
  | string
  | { readonly host?: string | undefined; readonly port: number }
  | { readonly path: string; readonly mode?: number | undefined }

/** What a listener is bound to. */
export interface BoundAddress {
  /** For a person or a client: `http://127.0.0.1:8080`, `https://…`, `grpc://…` or `unix:/path`. */
  readonly url: string
  readonly host?: string
  readonly port?: number
  readonly path?: string
}

/** What `net.Server.listen` takes. */
export type ListenTarget =
  | { readonly host?: string; readonly port: number }
  | { readonly path: string; readonly mode?: number }

interface AddressFields {
  readonly host?: unknown
  readonly port?: unknown
  readonly path?: unknown
  readonly mode?: unknown
}

const expected = "':8080', 'host:port', 'unix:/path', { host, port } or { path }"

export function parseAddress(check: ServerCheck, option: string, address: unknown): ListenTarget {
  if (typeof address === 'string') return parseText(check, option, address)
  if (typeof address !== 'object' || address === null) {
    throw check.error(option, expected, address)
  }
  const fields: AddressFields = check.options<AddressFields>(option, address, [
    'host',
    'port',
    'path',
    'mode',
  ])
  const { host, port, path, mode } = fields
  if (typeof path === 'string' && path && port === undefined) {
    if (mode === undefined) return { path }
    return { path, mode: check.integer(`${option}.mode`, mode, { min: 0, max: 0o777 }) }
  }
  if (host !== undefined && typeof host !== 'string') {
    throw check.error(`${option}.host`, 'a string', host)
  }
  return targetOf(host, check.integer(`${option}.port`, port, { min: 0, max: 65_535 }))
}

function parseText(check: ServerCheck, option: string, address: string): ListenTarget {
  const path = /^unix:(?:\/\/(?=\/))?(.+)$/.exec(address)?.[1]
  if (path) return { path }
  const match = /^(?:\[([\da-fA-F:.%\w]+)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(address)
  const port = Number(match?.[3])
  if (!match || port > 65_535) throw check.error(option, expected, address)
  return targetOf(match[1] ?? match[2], port)
}

const targetOf = (host: string | undefined, port: number): ListenTarget =>
  host ? { host, port } : { port }

/** As a person writes it: `:8080`, `127.0.0.1:8080`, `[::1]:8080`, `unix:/path`. */
export function formatTarget(target: ListenTarget): string {
  if ('path' in target) return `unix:${target.path}`
  return `${bracketed(target.host ?? '')}:${target.port}`
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host)

/** Whether only this machine can reach it: a loopback address or name, or a unix socket. */
export function isLoopback(target: ListenTarget): boolean {
  return 'path' in target || isLoopbackName(target.host ?? '')
}

/** Whether a host name or address, without brackets, can only mean this machine. */
export function isLoopbackName(host: string): boolean {
  const address = normalAddress(host)
  if (isIP(address) !== 0) return isLoopbackAddress(address)
  return host.toLowerCase() === 'localhost'
}

export function boundAddress(server: Server): BoundAddress {
  const bound = server.address()
  if (bound === null) throw new Error('not listening')
  if (typeof bound === 'string') return { url: `unix:${bound}`, path: bound }
  return boundPort(isSecure(server) ? 'https' : 'http', bound.address, bound.port)
}

/** Whether its connections begin with a TLS handshake. Loading `node:tls` to ask would take long. */
export const isSecure = (server: Server): boolean => 'setSecureContext' in server

/** An address of a host and a port, with a URL that a client on this machine can use. */
export function boundPort(scheme: string, host: string, port: number): BoundAddress {
  const isWildcard = host === '::' || host === '0.0.0.0'
  return { url: `${scheme}://${isWildcard ? '127.0.0.1' : bracketed(host)}:${port}`, host, port }
}

/** For a log line: what it is really bound to, which `url` replaces by an address to connect to. */
export function boundUrl({ url, host, port }: BoundAddress): string {
  const scheme = url.slice(0, url.indexOf(':'))
  return host === undefined ? url : `${scheme}://${bracketed(host)}:${port}`
}
