import type { RequestLike } from '../../../policy/request.ts'

/**
 * Whether `htu` of a proof is the URL of the request, without query and fragment, after the
 * normalisation of RFC 3986, section 6.2 (RFC 9449, section 4.3).
 *
 * Behind a proxy the host is that of the header `Host`, and the scheme is not known: it may be https
 * in any case, and http where the connection to this server is not encrypted.
 *
 * @param publicUrls - of the service, where a proxy changes host or path; empty: as it was asked
 */
export function isUrlOf(req: RequestLike, htu: string, publicUrls: readonly URL[]): boolean {
  const given = urlOf(htu)
  const target = (req as { readonly originalUrl?: string }).originalUrl ?? req.url ?? ''
  const [path = ''] = target.split(/[?#]/, 1)
  if (given === undefined) return false
  if (publicUrls.length > 0) {
    const local = path.startsWith('/') ? path : urlOf(path)?.pathname
    return publicUrls.some(
      ({ origin, pathname }) =>
        local !== undefined && isSame(given, `${origin}${pathname.replace(/\/$/, '')}${local}`),
    )
  }
  if (given.protocol === 'http:' && req.socket.encrypted === true) return false
  if (!path.startsWith('/')) return isSame(given, path)
  const host = req.headers['host'] ?? req.headers[':authority']
  // What could end the host is none of it.
  if (typeof host !== 'string' || !/^[^/?#@\\\s]+$/.test(host)) return false
  return isSame(given, `${given.protocol}//${host}${path}`)
}

function isSame(given: URL, expected: string): boolean {
  const url = urlOf(expected)
  return (
    url !== undefined &&
    url.host === given.host &&
    url.protocol === given.protocol &&
    normalPath(url) === normalPath(given)
  )
}

function urlOf(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const isHttp = url.protocol === 'https:' || url.protocol === 'http:'
  return isHttp && url.username === '' && url.password === '' ? url : undefined
}

/** URL has resolved dots, and taken away the usual port; what is left are percent-encodings. */
const normalPath = ({ pathname }: URL): string =>
  pathname.replace(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
    return /[\w.~-]/.test(character) ? character : encoded.toUpperCase()
  })
