import type { IncomingHttpHeaders } from 'node:http'

const signs: ReadonlySet<string> = new Set([
  'cdn-loop',
  'cf-connecting-ip',
  'client-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'forwarded',
  'front-end-https',
  'true-client-ip',
  'via',
  'x-arr-ssl',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'x-original-host',
  'x-real-ip',
  'x-scheme',
  'x-url-scheme',
])

/** What a request says of how it came. */
interface Arrived {
  readonly headers: Readonly<Record<string, unknown>> | IncomingHttpHeaders
  readonly httpVersion?: string | undefined
}

/**
 * Whether a request came through a proxy, as far as it shows: it has what a client on this machine
 * does not send. HTTP/1.0 is what `proxy_pass` of nginx speaks unless told otherwise; it adds no
 * header.
 */
export function hasProxySign({ headers, httpVersion }: Arrived): boolean {
  if (httpVersion === '1.0') return true
  for (const name in headers) {
    if (name.startsWith('x-forwarded-') || name.startsWith('x-envoy-') || signs.has(name)) {
      return true
    }
  }
  return false
}
