import type { RequestLike } from './request.ts'

/** Methods that change nothing (RFC 9110, section 9.2.1), so that nobody gains by forging them. */
const safeMethods: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Whether a page of another site may have made the browser send this request, with the cookies that
 * it sends by itself. Browsers say so in Sec-Fetch-Site (Fetch Metadata) and Origin, which no page
 * can change; who sends neither is no browser of the last years, or sends no cookie by itself.
 *
 * @param trustedOrigins - whose pages may
 */
export function isCrossSite(req: RequestLike, trustedOrigins: ReadonlySet<string>): boolean {
  const { headers, method } = req
  // A handshake of WebSockets is a GET, and opens more than a response.
  if (safeMethods.has(method) && headers['upgrade'] === undefined) return false
  const { origin, 'sec-fetch-site': site } = headers
  if (typeof origin === 'string' && trustedOrigins.has(origin)) return false
  // `none`: the user has typed the address.
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  return origin !== undefined && !isOwnHost(origin, headers['host'] ?? headers[':authority'])
}

/** The scheme is not compared: behind a proxy, it is not known what the client sees. */
function isOwnHost(origin: unknown, host: unknown): boolean {
  if (typeof origin !== 'string' || typeof host !== 'string') return false
  try {
    const { protocol, host: own } = new URL(origin)
    return own !== '' && own === new URL(`${protocol}//${host}`).host
  } catch {
    return false
  }
}
