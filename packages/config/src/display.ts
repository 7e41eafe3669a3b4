/** What stands where a secret would. */
export const redacted = '[redacted]'

const maxShown = 64

/** A text on one line, in quotes, with everything that could move a cursor escaped, cut to `max` characters. */
export function quote(text: string, max: number = maxShown): string {
  const cut = text.length > max
  const head = cut ? text.slice(0, isHighSurrogate(text, max - 1) ? max - 1 : max) : text
  const escaped = JSON.stringify(head).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return cut ? `${escaped.slice(0, -1)}…" (${text.length} characters)` : escaped
}

/** A text on one line, escaped like {@link quote}, without the quotes. */
export function plain(text: string, max: number = maxShown): string {
  return quote(text, max)
    .replace(/^"|"(?= \(\d+ characters\)$)|"$/g, '')
    .replaceAll('\\"', '"')
}

function isHighSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index)
  return unit >= 0xd800 && unit <= 0xdbff
}

/** Whether a name (of a variable, of a query parameter) says that what it holds is a credential. */
export function looksSecret(name: string): boolean {
  const head = name.slice(0, 256)
  return hasCredentialWord(head) || isCredentialWord(head)
}

/** Wherever they stand: PGPASSWORD, clientSecret, X-Amz-Security-Token. */
function hasCredentialWord(name: string): boolean {
  return /(?:passw(?:or)?d|passphrase|secret|token|credential|api[-_]?key)s?(?![a-z])/i.test(name)
}

/** As a word only: a "compass" is no password. */
function isCredentialWord(name: string): boolean {
  return /^key$|(?:^|[^a-z])(?:pass|pwd|(?:private|access|signing|encryption)[-_]?key|sig|signature|auth|authorization|bearer|cookie|jwt|dsn|hash|salt|pepper)(?![a-z])/i.test(
    name,
  )
}

/**
 * Takes out whatever looks like a credential: the user information of a URL (also of a malformed one, and of `user:password@host`),
 * and the value of every `name=value` whose name says that it is one. Rather too much than too little, in linear time.
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

/** Takes out the values of `name=value`, in a query or in a list, whose names say that they are credentials. */
export function withoutNamedCredentials(text: string): string {
  return text.replace(
    /(^|[?&;,\s])([^=?&;,#\s]{1,64})=(?:(?:bearer|basic|token)\s)?[^&;,#\s]*/gi,
    (all, mark: string, name: string) =>
      looksSecret(decoded(name)) ? `${mark}${name}=${redacted}` : all,
  )
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** A value of an ordinary variable, for a message: credentials out, escaped, cut, in quotes. */
export function shown(text: string): string {
  return quote(harmless(text))
}

/** The same without quotes, for a table. */
export function shownPlain(text: string): string {
  return plain(harmless(text))
}

function harmless(text: string): string {
  const clean = withoutUser(text)
  // Cut well above what is shown: a value may have a megabyte, and the expression need not see all of it.
  return withoutNamedCredentials(clean.length > 4096 ? `${clean.slice(0, 4096)}…` : clean)
}
