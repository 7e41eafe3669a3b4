/** What is shown of a value; members that are undefined are left out. */
export type Shown = Readonly<Record<string, unknown>>

interface Message {
  readonly [name: string]: unknown
  readonly getHeaders?: () => object
  readonly keys?: () => Iterable<string>
}

/**
 * What is shown of Node's and fetch's messages, which carry credentials where no name says so: in
 * `rawHeaders`, in `_header`. Recognised by structure, since classes differ between versions,
 * packages and realms. Undefined for everything else. Throws what a getter throws.
 */
export function webValueOf(value: object, kind: string): Shown | undefined {
  const message = value as Message
  // IncomingMessage and Http2ServerRequest: what a server gets, and a client as its response.
  if ('rawHeaders' in message && 'httpVersion' in message) {
    const { method, url, statusCode, headers } = message
    return {
      method: method ?? undefined,
      url: url === '' ? undefined : url,
      status: statusCode ?? undefined,
      headers,
    }
  }
  // ServerResponse, ClientRequest, Http2ServerResponse, and the reply of Fastify.
  if (typeof message.getHeaders === 'function' && ('headersSent' in message || 'sent' in message)) {
    const headers = message.getHeaders()
    if ('statusCode' in message) return { status: message['statusCode'], headers }
    const { method, protocol = 'http:', host = '', path = '' } = message
    return { method, url: `${protocol}//${host}${path}`, headers }
  }
  // What follow-redirects wraps around a ClientRequest: axios attaches it to its errors.
  if ('_currentRequest' in message && '_options' in message) {
    const { _currentRequest: request, _currentUrl: url } = message
    return isObject(request) ? webValueOf(request, kind) : { url }
  }
  if (typeof message['clone'] === 'function' && isHeaders(message['headers'])) {
    const { method, url, status, headers } = message
    return { method, url: url === '' ? undefined : url, status, headers }
  }
  if (kind === 'FormData' && typeof message.keys === 'function') {
    return { names: [...new Set(message.keys())] }
  }
  if ('timeStamp' in message && 'defaultPrevented' in message) {
    const { type, message: text, error } = message
    return { type, message: text, error: error ?? undefined }
  }
  return undefined
}

function isHeaders(value: unknown): boolean {
  return (
    isObject(value) && Symbol.iterator in value && typeof (value as Message)['get'] === 'function'
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
