import { marker } from '../truncation.ts'

export const redacted = '[redacted]'

export type HidesParameter = (name: string) => boolean

/** Nothing shorter can hold a credential: `db://u:p@h`, `/c?token=x`. */
export const shortestUrl = 10

// Also `jdbc:postgresql://`.
const scheme = /^[a-z][a-z\d+.:-]*:\/\//i
const authority = /[^\s/?#"'<>]*/y
const maxUserinfo = 2048

/**
 * A string without the `user:password@` of URLs in it. Where all of it is a URL, or the path and
 * query of one, also without the values of parameters that hold credentials. Reads only the
 * beginning, `maxLength` and a little more: the rest will be cut off.
 */
export function redactText(text: string, maxLength: number, hides: HidesParameter): string {
  const seen = text.length > maxLength + maxUserinfo ? text.slice(0, maxLength + maxUserinfo) : text
  const clean = withoutUserinfo(seen)
  const isUrl = clean.charCodeAt(0) === 0x2f || scheme.test(clean)
  const shown = isUrl ? withoutParameters(clean, hides) : clean
  if (shown === seen) return text
  return seen === text ? shown : shown + marker
}

/** A URL, or the path and query of one, without credentials. */
export function redactUrl(url: string, hides: HidesParameter): string {
  return withoutParameters(withoutUserinfo(url), hides)
}

function withoutUserinfo(text: string): string {
  let out = ''
  let from = 0
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    const start = at + 3
    authority.lastIndex = start
    const [host = ''] = authority.exec(text) ?? []
    const sign = host.lastIndexOf('@')
    if (sign === -1) continue
    out += text.slice(from, start) + redacted
    from = start + sign
  }
  return from === 0 ? text : out + text.slice(from)
}

function withoutParameters(url: string, hides: HidesParameter): string {
  const start = url.search(/[?#]/)
  if (start === -1 || !url.includes('=', start)) return url
  return url.slice(0, start + 1) + redactQuery(url.slice(start + 1), hides)
}

/** The pairs of a query, or of a fragment that is written like one. */
export function redactQuery(query: string, hides: HidesParameter): string {
  let out = ''
  // Not one expression for all: it would take quadratic time on strings without '='.
  for (const part of query.split(/(?=[&#])/)) {
    const at = part.indexOf('=')
    const name = at === -1 ? '' : part.slice(0, at)
    out += at !== -1 && isHidden(name, hides) ? `${name}=${redacted}` : part
  }
  return out
}

/** `token`, `token[]`, `user[password]`; also after the `?` that a fragment may have. */
function isHidden(name: string, hides: HidesParameter): boolean {
  const text = decoded(name)
  return hides(text) || text.split(/[[\].&#?/]/).some((part) => part !== '' && hides(part))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
