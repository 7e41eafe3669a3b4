import { invalid } from './errors.ts'
import { shown } from './options.ts'

/** Where a dependency is: `'host:port'`, a URL (as text or object), or host and port. No host means this machine. */
export type Address = string | URL | { readonly host?: string | undefined; readonly port: number }

/** The URL of an address: `http` and no path where it names none. @throws TypeError `ERR_HEALTH_ADDRESS` */
export function urlOf(where: string, address: unknown): URL {
  const url = parse(address, 'http')
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw refused(where, "'host:port', an http or https URL, or { host, port }", address, url)
  }
  url.hash = ''
  return url
}

/** Host and port of an address, whatever the scheme. @throws TypeError `ERR_HEALTH_ADDRESS` */
export function endpointOf(where: string, address: unknown): { host: string; port: number } {
  const url = parse(address, 'tcp')
  const port = url && Number(url.port || { 'http:': 80, 'https:': 443 }[url.protocol])
  if (!url?.hostname || !port) {
    throw refused(where, "'host:port', a URL with a port, or { host, port }", address, null)
  }
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port }
}

function parse(address: unknown, scheme: string): URL | null {
  if (typeof address === 'string') {
    if (/^\/|\s/.test(address) || address === '') return null
    // 'cache:8080' is a valid URL with the scheme 'cache', so what has no '//' gets one.
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) return tried(address)
    return tried(`${scheme}://${address.startsWith(':') ? 'localhost' : ''}${address}`)
  }
  if (typeof address !== 'object' || address === null) return null
  if ('href' in address) return typeof address.href === 'string' ? tried(address.href) : null
  const { host = '', port } = address as { host?: unknown; port?: unknown }
  if (typeof host !== 'string' || !Number.isInteger(port)) return null
  if ((port as number) < 1 || (port as number) > 65_535 || /[\s/?#@]/.test(host)) return null
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  return tried(`${scheme}://${bare.includes(':') ? `[${bare}]` : bare || 'localhost'}:${port}`)
}

function tried(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

// Not the value itself: a URL may hold credentials.
function refused(where: string, forms: string, address: unknown, url: URL | null): TypeError {
  const got =
    typeof address !== 'string'
      ? shown(address)
      : url
        ? `a URL of ${url.protocol}`
        : 'a string that is none of these'
  return invalid('ERR_HEALTH_ADDRESS', `${where}: the address must be ${forms}, got ${got}`)
}
