import type { RequestLike } from './request.ts'

/**
 * Whether a script of a page sends the request, with fetch or XMLHttpRequest, rather than the user who
 * opens an address. Browsers say so in Sec-Fetch-Dest (Fetch Metadata), where the page came over TLS;
 * libraries in X-Requested-With.
 */
export function isFromScript({ headers }: RequestLike): boolean {
  const requestedWith = headers['x-requested-with']
  return (
    headers['sec-fetch-dest'] === 'empty' ||
    (typeof requestedWith === 'string' && requestedWith.toLowerCase() === 'xmlhttprequest')
  )
}
