import type { X509Certificate } from 'node:crypto'
import type { RequestLike } from '../../policy/request.ts'
import type { Attempt } from '../../policy/scheme.ts'

/** What a scheme of your own is told of a request. */
export interface SchemeRequest {
  readonly method: string
  /** Path and query, as the client sent them. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The client's certificate, if the TLS server has verified its chain. */
  readonly certificate: X509Certificate | undefined
  /**
   * The framework's request: Node's `IncomingMessage`, where there is one, otherwise what the
   * adapter was given.
   */
  readonly source: unknown
}

export function schemeRequest({ req }: Attempt): SchemeRequest {
  return new Told(req)
}

class Told implements SchemeRequest {
  readonly method: string
  readonly url: string
  readonly headers: SchemeRequest['headers']
  readonly source: unknown
  private readonly req: RequestLike

  constructor(req: RequestLike) {
    this.method = req.method ?? ''
    this.url = (req as { readonly originalUrl?: string }).originalUrl ?? req.url ?? ''
    this.headers = req.headers
    this.source = 'source' in req ? req.source : req
    this.req = req
  }

  get certificate(): X509Certificate | undefined {
    const { socket } = this.req
    return socket.authorized === true ? socket.getPeerX509Certificate?.() : undefined
  }
}
