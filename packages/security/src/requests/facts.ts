import type { X509Certificate } from 'node:crypto'
import type { Check } from '../options.ts'
import type { RequestLike } from '../policy/request.ts'

/** Headers of a request: `Headers` of fetch, pairs, or an object. */
export type HeaderFields =
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>

/** A request, as every framework knows it. */
export interface RequestFacts {
  readonly method: string
  /** Path and query as the client sent them, or the whole URL. */
  readonly url: string
  readonly headers: HeaderFields
  /**
   * Address of the other end of the connection: of the client, or of a proxy. Without a port.
   *
   * @defaultValue none, as with a Unix domain socket
   */
  readonly peer?: string | undefined
  /**
   * Whether the connection is encrypted; for mutual TLS with the client's certificate, if its chain
   * was verified.
   *
   * @defaultValue false
   */
  readonly tls?: boolean | { readonly certificate?: X509Certificate | undefined } | undefined
  /** What schemes of your own get as `source`. @defaultValue none */
  readonly source?: unknown
}

/** A request of no framework in particular, in the form of Node's. */
export class PlainRequest implements RequestLike {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string | readonly string[] | undefined>
  readonly rawHeaders: readonly string[]
  readonly socket: RequestLike['socket']
  readonly source: unknown

  constructor({ method, url, headers, peer, tls, source }: RequestFacts) {
    this.method = method
    this.url = url
    this.rawHeaders = rawHeadersOf(headers)
    this.headers = Object.create(null)
    for (let at = 0; at < this.rawHeaders.length; at += 2) {
      const name = (this.rawHeaders[at] as string).toLowerCase()
      const value = this.rawHeaders[at + 1] as string
      const before = this.headers[name]
      // As Node joins them: several fields of cookies are one list of them (RFC 9113 8.2.3).
      const separator = name === 'cookie' ? '; ' : ', '
      this.headers[name] = before === undefined ? value : `${before as string}${separator}${value}`
    }
    const connection = typeof tls === 'object' && tls !== null ? tls : undefined
    const certificate = connection?.certificate ?? undefined
    this.socket = {
      remoteAddress: peer,
      encrypted: tls === true || connection !== undefined,
      authorized: certificate !== undefined,
      getPeerX509Certificate: () => certificate,
    }
    this.source = source
  }
}

function rawHeadersOf(headers: HeaderFields): readonly string[] {
  const raw: string[] = []
  if (Symbol.iterator in headers) {
    for (const [name, value] of headers as Iterable<readonly [string, string]>) {
      raw.push(name, value)
    }
    return raw
  }
  for (const [name, values] of Object.entries(headers)) {
    if (values === undefined) continue
    for (const value of typeof values === 'string' ? [values] : values) raw.push(name, value)
  }
  return raw
}

export function checkFacts(check: Check, facts: RequestFacts): void {
  check.object('request', facts)
  check.string('request.method', facts.method)
  check.string('request.url', facts.url)
  if (typeof facts.headers !== 'object' || facts.headers === null) {
    throw check.error('request.headers', 'Headers, pairs or an object', facts.headers)
  }
  if (facts.peer !== undefined && typeof facts.peer !== 'string') {
    throw check.error('request.peer', 'an address', facts.peer)
  }
}
