import { isCredentialVariable } from '@clew/internal/redaction/credential-names'
import { plain, quote } from './quote.ts'

/** Printed in place of a secret. */
export const redacted = '[redacted]'

/** The value of an ordinary variable in a message: credentials removed, escaped, cut, in quotes. */
export function quotedValue(text: string): string {
  return quote(withoutCredentials(text))
}

/** The same without quotes, for a table. */
export function plainValue(text: string): string {
  return plain(withoutCredentials(text))
}

/**
 * Replaces whatever looks like a credential: the user information of a URL (even of a malformed
 * one, and of `user:password@host`), and what follows a name that stands for a credential. Removes
 * too much rather than too little, in linear time.
 */
export function withoutCredentials(text: string): string {
  return withoutNamedCredentials(withoutUser(text))
}

function withoutUser(text: string): string {
  const end = text.lastIndexOf('@')
  const colon = text.indexOf(':')
  if (end < 0 || colon < 0 || colon > end) return text
  const slashes = /^[\\/]{1,3}/.exec(text.slice(colon + 1, colon + 4))?.[0].length
  const start = slashes === undefined ? 0 : colon + 1 + slashes
  return `${text.slice(0, start)}${redacted}${text.slice(end)}`
}

/**
 * A name and the sign that a value follows: `a=`, `"a": `. Excludes the `:` of `https://` and of a
 * port: a host may be called `auth`, but hardly `password`. A match starts only where a name
 * starts: trying every letter of a long name would take quadratic time.
 */
const assignment =
  /(?<![\w.%[\]-])([\w.%[\]-]+)(?:\\?["']\s{0,8}[=:]|\s{0,8}(?:=|:(?!\/\/|(?<!pass:|pwd:|passw(?:or)?d:|secret:)\d{1,5}(?!\w))))\s?/gi

/**
 * Replaces what follows the names of credentials. In a query, a value ends at the next parameter.
 * Elsewhere its end depends on the quoting of an unknown format, so the rest of the text goes.
 */
export function withoutNamedCredentials(text: string): string {
  let clean = ''
  let done = 0
  for (const { 0: match, 1: name = '', index } of text.matchAll(assignment)) {
    if (index < done || !isCredentialVariable(decoded(name))) continue
    const start = index + match.length
    clean += `${text.slice(done, start)}${redacted}`
    const inQuery = index > 0 && '?&#'.includes(text[index - 1] ?? ' ')
    done = inQuery ? text.indexOf('&', start) : -1
    if (done < 0) return clean
  }
  return clean + text.slice(done)
}

/** The user information of a URL within the path or the query of another one. */
const nestedUser = /:\/\/[^/?#@]*@/g

/** The path and the query of a URL without credentials. */
export function withoutUrlCredentials(text: string): string {
  return withoutNamedCredentials(text.replace(nestedUser, `://${redacted}@`))
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
