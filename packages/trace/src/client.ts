import type { Attributes } from '@opentelemetry/api'
import * as semconv from './semconv.ts'
import { redactedQuery } from './url.ts'

const none: ReadonlySet<string> = new Set()

export function clientName(method: string): string {
  const known = semconv.knownMethod(method)
  return known === '_OTHER' ? 'HTTP' : known
}

/** Attributes of a client span, without the credentials that a URL may carry. */
export function clientAttributes(method: string, url: URL): Attributes {
  const known = semconv.knownMethod(method)
  const query = url.search === '' ? '' : `?${redactedQuery(url.search.slice(1), none)}`
  const attributes: Attributes = {
    [semconv.HTTP_REQUEST_METHOD]: known,
    [semconv.SERVER_ADDRESS]: url.hostname,
    [semconv.SERVER_PORT]: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
    [semconv.URL_FULL]: `${url.protocol}//${url.host}${url.pathname}${query}`,
  }
  if (known !== method) attributes[semconv.HTTP_REQUEST_METHOD_ORIGINAL] = method.slice(0, 64)
  return attributes
}
