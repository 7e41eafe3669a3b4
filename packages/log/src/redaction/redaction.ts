import {
  isCredentialField,
  isCredentialParameter,
  normalizedName,
} from '@clew/internal/redaction/credential-names'
import type { Check } from '../errors.ts'
import { type PathRules, pathRulesOf } from './path-rules.ts'
import { redactQuery, redactText, redactUrl, shortestUrl } from './url-redaction.ts'

/** What is hidden. */
export interface RedactOptions {
  /**
   * Keys hidden at any depth, compared without case, `-` and `_`. Added to the usual credential
   * names. @defaultValue none
   */
  readonly keys?: readonly string[]
  /**
   * Paths hidden, from the top of a line's fields, in pino's syntax: `user.card`,
   * `headers["x-internal"]`, `*.pin`, `items[*].price`. `*` is any one key or index. A field whose
   * whole name is the path is hidden too. @defaultValue none
   */
  readonly paths?: readonly string[]
  /** Whether the usual credential names are hidden. @defaultValue true */
  readonly credentials?: boolean
}

export interface Redaction {
  readonly paths: PathRules
  hides(key: string): boolean
  /** A string without the credentials of URLs in it, as far as `maxLength` shows it. */
  text(text: string, maxLength: number): string
  /** A URL, or the path and query of one, without credentials. */
  url(url: string): string
  /** A query string without the values of parameters that hold credentials. */
  query(query: string): string
}

// The head of an outgoing request as a string, as Node keeps it.
const headerText = '_header'
const maxCachedKeys = 1024
const maxCachedLength = 128

const nothing: Redaction = {
  paths: [],
  hides: () => false,
  text: (text) => text,
  url: (url) => url,
  query: (query) => query,
}

export function createRedaction(
  check: Check,
  options: RedactOptions | false | undefined,
): Redaction {
  if (options === false) return nothing
  const {
    keys = [],
    paths = [],
    credentials = true,
  } = check.options('redact', options, ['keys', 'paths', 'credentials'])
  check.boolean('redact.credentials', credentials)
  const names = new Set(check.strings('redact.keys', keys).map(normalizedName))
  if (names.has('')) throw check.error('redact.keys', 'names', keys)
  const isHidden = (key: string) => {
    const name = normalizedName(key)
    return names.has(name) || (credentials && (key === headerText || isCredentialField(name)))
  }
  const isHiddenParameter = (key: string) =>
    names.has(normalizedName(key)) || (credentials && isCredentialParameter(key))
  const cache = new Map<string, boolean>()
  return {
    paths: pathRulesOf(check, check.strings('redact.paths', paths)),
    hides(key) {
      const cached = cache.get(key)
      if (cached !== undefined) return cached
      const hides = isHidden(key)
      if (key.length <= maxCachedLength) {
        // Names can come from outside, such as those of a query: they must not fill it for good.
        if (cache.size >= maxCachedKeys) cache.clear()
        cache.set(unsliced(key), hides)
      }
      return hides
    },
    text(text, maxLength) {
      if (text.length < shortestUrl) return text
      // For each string of each line, and nearly all have neither: one character is found faster
      // than three.
      const mayHide =
        text.charCodeAt(0) === 0x2f || (text.indexOf(':') !== -1 && text.includes('://'))
      return mayHide ? redactText(text, maxLength, isHiddenParameter) : text
    },
    url: (url) => redactUrl(url, isHiddenParameter),
    query: (query) => redactQuery(query, isHiddenParameter),
  }
}

/**
 * A key of a Map can be a slice, which keeps alive the string it was cut from. The name of a
 * property never is.
 */
function unsliced(key: string): string {
  for (const name in { [key]: 0 }) return name
  return key
}
