import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** A request, as its inputs are read, whatever framework it comes from. */
export interface InputSource {
  readonly params: object | undefined
  /** Path and query, or the whole URL. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly hasBody: boolean
  /** The body, if somebody has read and parsed it; otherwise undefined. */
  readonly parsed: unknown
  /** Undefined if it has been read. */
  readonly stream: AsyncIterable<Uint8Array> | undefined
}

/** What a framework knows of a request that Node does not. */
export interface Known {
  /** The parameters of the route. @defaultValue `req.params` */
  readonly params?: unknown
  /** The body, if the framework has read and parsed it. @defaultValue `req.body` */
  readonly body?: unknown
}

export function nodeSource(req: IncomingMessage, known: Known): InputSource {
  const own = req as Known
  const { params = own.params, body = own.body } = known
  const wasRead = req.readableDidRead
  return {
    params: params as object | undefined,
    url: req.url ?? '',
    headers: req.headers,
    hasBody: hasBody(req),
    // Parsers of Express 4 put an empty object where they have read nothing.
    parsed: !wasRead && isEmptyObject(body) ? undefined : body,
    stream: wasRead ? undefined : req,
  }
}

/** What a framework knows of a request of fetch. */
export interface FetchKnown {
  readonly params?: object | undefined
  /** The body, if somebody has read it already. @defaultValue `request.body` */
  readonly stream?: AsyncIterable<Uint8Array> | undefined
  /** What the guard was asked about. @defaultValue the request itself */
  readonly incoming?: object | undefined
}

export function fetchSource(request: Request, { params, stream }: FetchKnown): InputSource {
  const { headers } = request
  // Of Node, a stream of the web can be iterated.
  const own = request.bodyUsed ? null : (request.body as AsyncIterable<Uint8Array> | null)
  // Servers make a stream for every POST. One of which nothing is said is not looked at.
  const isDescribed = ['content-length', 'transfer-encoding', 'content-type'].some((name) =>
    headers.has(name),
  )
  return {
    params,
    url: request.url,
    headers: Object.fromEntries(headers),
    hasBody:
      request.bodyUsed || (own !== null && isDescribed && headers.get('content-length') !== '0'),
    parsed: undefined,
    stream: stream ?? own ?? undefined,
  }
}

/** RFC 9112, section 6.3; RFC 9113, section 8.1: a stream that ends with its headers has no body. */
function hasBody(req: IncomingMessage): boolean {
  const { stream } = req as { readonly stream?: { readonly endAfterHeaders?: boolean } }
  if (req.httpVersionMajor > 1) return stream?.endAfterHeaders !== true
  const { 'transfer-encoding': coding, 'content-length': length }: IncomingHttpHeaders = req.headers
  return coding !== undefined || (length !== undefined && Number(length) !== 0)
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.keys(value).length === 0
  )
}
