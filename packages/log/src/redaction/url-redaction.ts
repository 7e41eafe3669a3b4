import { withoutEncoded } from './encoded-redaction.ts'
import { decoded, redacted, type TextNames } from './text-names.ts'
import { withoutUserinfo } from './userinfo.ts'

const scheme = /^[a-z][a-z\d+.-]{0,30}$/i
const maxScheme = 64

/** A URL, or the path and query of one, without credentials. */
export function redactUrl(url: string, names: TextNames): string {
  return withoutParameters(withoutUserinfo(url), names)
}

/** Whether all of a text is a URL, or the path of one. */
export function isUrl(text: string): boolean {
  if (text.charCodeAt(0) === 0x2f) return true
  const at = text.indexOf('://')
  // Also `jdbc:postgresql://`.
  return (
    at > 0 &&
    at < maxScheme &&
    text
      .slice(0, at)
      .split(':')
      .every((part) => scheme.test(part))
  )
}

/** A URL without the values of parameters that hold credentials. */
export function withoutParameters(url: string, names: TextNames): string {
  const start = url.search(/[?#]/)
  if (start === -1 || !url.includes('=', start)) return url
  return url.slice(0, start + 1) + redactQuery(url.slice(start + 1), names)
}

/** The pairs of a query, or of a fragment that is written like one. */
export function redactQuery(query: string, names: TextNames): string {
  let out = ''
  // Not one expression for all: it would take quadratic time on strings without '='.
  for (const part of query.split(/(?=[&#])/)) {
    const at = part.indexOf('=')
    const name = at === -1 ? '' : part.slice(0, at)
    out += at !== -1 && isHidden(name, names) ? `${name}=${redacted}` : part
  }
  return withoutEncoded(out, names)
}

/** `token`, `token[]`, `user[password]`; also after the `?` that a fragment may have. */
function isHidden(name: string, { parameter }: TextNames): boolean {
  const text = decoded(name)
  return parameter(text) || text.split(/[[\].&#?/]/).some((part) => part !== '' && parameter(part))
}
