/** What stands where a secret would. */
export const redacted = '[redacted]'

const maxShown = 64

/** A text on one line, in quotes, with everything that could move a cursor escaped, cut to `max` characters. */
export function quote(text: string, max: number = maxShown): string {
  const head = cut(text, max)
  const quoted = visible(JSON.stringify(head))
  return head === text ? quoted : `${quoted.slice(0, -1)}…" (${text.length} characters)`
}

/** A text on one line, escaped like {@link quote} but for quotes and backslashes, without quotes around it. */
export function plain(text: string, max: number = maxShown): string {
  const head = cut(text, max)
  return head === text ? visible(text) : `${visible(head)}… (${text.length} characters)`
}

/**
 * Escapes as JSON would what ends a line, moves a cursor, turns the direction of the text, or cannot be seen at all. To do it twice
 * changes nothing.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped)
}

function escaped(character: string): string {
  const json = JSON.stringify(character).slice(1, -1)
  if (json !== character) return json
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  }).join('')
}

function cut(text: string, max: number): string {
  if (text.length <= max) return text
  return text.slice(0, isHighSurrogate(text, max - 1) ? max - 1 : max)
}

function isHighSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index)
  return unit >= 0xd800 && unit <= 0xdbff
}

/** `1 item`, `2 items`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** A value of an ordinary variable, for a message: credentials out, escaped, cut, in quotes. */
export function shown(text: string): string {
  return quote(withoutCredentials(text))
}

/** The same without quotes, for a table. */
export function shownPlain(text: string): string {
  return plain(withoutCredentials(text))
}

/**
 * Takes out whatever looks like a credential: the user information of a URL (also of a malformed one, and of `user:password@host`),
 * and what stands behind a name that says that it is one. Rather too much than too little, in linear time.
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
 * A name, and the sign that something follows: `a=`, `"a": `. Not the `:` of `https://`, nor the one before a port: a host may well
 * be called `auth`, though none is called `password`. It starts where a name does: if each letter of a long one were a start, the time would
 * be quadratic.
 */
const assignment =
  /(?<![\w.%[\]-])([\w.%[\]-]+)(?:\\?["']\s{0,8}[=:]|\s{0,8}(?:=|:(?!\/\/|(?<!pass:|pwd:|passw(?:or)?d:|secret:)\d{1,5}(?!\w))))\s?/gi

/**
 * Takes out what stands behind names of credentials. In a query it ends where the next parameter starts; anywhere else nobody can
 * tell where, since it may be quoted one way or another, so nothing is left behind it.
 */
export function withoutNamedCredentials(text: string): string {
  let clean = ''
  let done = 0
  for (const { 0: all, 1: name = '', index } of text.matchAll(assignment)) {
    if (index < done || !looksSecret(decoded(name))) continue
    const start = index + all.length
    clean += `${text.slice(done, start)}${redacted}`
    const inQuery = index > 0 && '?&#'.includes(text[index - 1] ?? ' ')
    done = inQuery ? text.indexOf('&', start) : -1
    if (done < 0) return clean
  }
  return clean + text.slice(done)
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** Whether a name (of a variable, of a query parameter) says that what it holds is a credential. */
export function looksSecret(name: string): boolean {
  const telling = name.replace(harmless, ' ')
  return anywhere.test(telling) || asWord.test(telling) || asKey.test(telling)
}

/** What has a telling word in it, and tells nothing: numbers of tokens, keys that open nothing. */
const harmless =
  /secretar(?:y|ies|iat)|passwordless|(?:max|min|total)(?:imum)?[-_]?(?:[a-z]{1,16}[-_])?tokens(?![a-z])|(?:cache|foreign|idempotency|partition|primary|public|routing|shard|sort)[-_]?keys?(?![a-z])/gi
/** Wherever they stand: PGPASSWORD, clientSecret, X-Amz-Security-Token, AWS_SECRETACCESSKEY. A tokenizer has no token. */
const anywhere =
  /passw(?:or)?d|passphrase|secret|credential|connection[-_]?string|(?:api|access|auth|encryption|private|signing)[-_]?key|(?:token|cred)s?(?![a-z])/i
/** As a word only: a "compass" is no password, an "author" no authorization. */
const asWord =
  /(?:^|[^a-z])(?:pass|pwd|pw|sig|signature|auth|authorization|bearer|cookie|jwt|dsn|hash|salt|pepper|assertion)(?![a-z])/i
/** At the end: STRIPE_KEY, AccountKey. There is none in a "monkey". */
const asKey = /(?:^|[^A-Za-z])[Kk][Ee][Yy][Ss]?$|[a-z0-9]Keys?$/
