import { mistake } from '@clew/internal/errors/error'
import { show } from '@clew/internal/errors/show'

/**
 * Where a dependency is: `'host:port'`, a URL (string or object), or host and port. Without a host
 * it is this machine.
 */
export type Address = string | URL | { readonly host?: string | undefined; readonly port: number }

/**
 * The URL of an address: `http` by default, and without a path if the address has none.
 * @throws TypeError `ERR_HEALTH_ADDRESS`
 */
export function urlOf(caller: string, address: unknown): URL {
  const url = parse(address, 'http')
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    const expected = "'host:port', an http or https URL, or { host, port }"
    const received = url ? `a URL of ${url.protocol}` : kindOf(address)
    throw addressError(caller, expected, received)
  }
  url.hash = ''
  return url
}

/** The host and port of an address with any scheme. @throws TypeError `ERR_HEALTH_ADDRESS` */
export function endpointOf(caller: string, address: unknown): { host: string; port: number } {
  const url = parse(address, 'tcp')
  const port = url && Number(url.port || { 'http:': 80, 'https:': 443 }[url.protocol])
  if (!url?.hostname || !port) {
    const expected = "'host:port', a URL with a port, or { host, port }"
    throw addressError(caller, expected, kindOf(address))
  }
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port }
}

function parse(address: unknown, scheme: string): URL | null {
  if (typeof address === 'string') {
    if (/^\/|\s/.test(address) || address === '') return null
    // 'cache:8080' is a valid URL with the scheme 'cache', so a string without '//' gets a scheme.
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) return parseUrl(address)
    return parseUrl(`${scheme}://${address.startsWith(':') ? 'localhost' : ''}${address}`)
  }
  if (typeof address !== 'object' || address === null) return null
  if ('href' in address) return typeof address.href === 'string' ? parseUrl(address.href) : null
  const { host = '', port } = address as { host?: unknown; port?: unknown }
  if (typeof host !== 'string' || !Number.isInteger(port)) return null
  if ((port as number) < 1 || (port as number) > 65_535 || /[\s/?#@]/.test(host)) return null
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  return parseUrl(`${scheme}://${bare.includes(':') ? `[${bare}]` : bare || 'localhost'}:${port}`)
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

// Not the string itself: a URL may hold credentials.
const kindOf = (address: unknown) =>
  typeof address === 'string' ? 'a string that is none of these' : show(address)

const addressError = (caller: string, expected: string, received: string) =>
  mistake('ERR_HEALTH_ADDRESS', `${caller}: address must be ${expected}; received ${received}`)
