import { checkNames, listOfTexts, yesOrNo } from '../checks.ts'
import { optionError } from '../errors.ts'
import { isCredential, isCredentialInQuery, normalized } from './credential-names.ts'
import { type PathRules, pathRulesOf } from './path-rules.ts'
import { redactQuery, redactText, redactUrl, shortestUrl } from './url-redaction.ts'

/** What is hidden. */
export interface RedactOptions {
  /** Keys hidden at any depth, whatever their case, `-` and `_`. Added to the usual credential names. */
  readonly keys?: readonly string[]
  /**
   * Paths hidden, from the top of a line's fields, in pino's syntax: `user.card`, `headers["x-internal"]`, `*.pin`, `items[*].price`.
   * `*` is any one key or index. A field whose whole name is the path is hidden too.
   */
  readonly paths?: readonly string[]
  /** Whether the usual credential names are hidden. @defaultValue true */
  readonly credentials?: boolean
}

export interface Redaction {
  readonly paths: PathRules
  hides(key: string): boolean
  /** A text without the credentials of URLs in it, as far as `maxLength` shows it. */
  text(text: string, maxLength: number): string
  /** A URL, or the path and query of one, without credentials. */
  url(url: string): string
  /** A query without the values of credential-like parameters. */
  query(query: string): string
}

// The head of an outgoing request as text, as Node keeps it.
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

export function createRedaction(options: RedactOptions | false | undefined): Redaction {
  if (options === false) return nothing
  checkNames('redact', options, ['keys', 'paths', 'credentials'])
  const { keys = [], paths = [], credentials = true } = options ?? {}
  yesOrNo('redact.credentials', credentials)
  const names = new Set(listOfTexts('redact.keys', keys).map(normalized))
  if (names.has('')) throw optionError('redact.keys', 'a list of names', '')
  const hidden = (key: string) => {
    const name = normalized(key)
    return names.has(name) || (credentials && (key === headerText || isCredential(name)))
  }
  const inQueries = (key: string) => {
    const name = normalized(key)
    return names.has(name) || (credentials && isCredentialInQuery(name))
  }
  const known = new Map<string, boolean>()
  return {
    paths: pathRulesOf(listOfTexts('redact.paths', paths)),
    hides(key) {
      const found = known.get(key)
      if (found !== undefined) return found
      const hides = hidden(key)
      if (key.length <= maxCachedLength) {
        // Names can come from outside, as those of a query do: they take turns, and never fill it up for good.
        if (known.size >= maxCachedKeys) known.clear()
        known.set(owned(key), hides)
      }
      return hides
    },
    text(text, maxLength) {
      if (text.length < shortestUrl) return text
      // For each text of each line, and nearly all have neither: one character is found faster than three.
      const mayHide =
        text.charCodeAt(0) === 0x2f || (text.indexOf(':') !== -1 && text.includes('://'))
      return mayHide ? redactText(text, maxLength, inQueries) : text
    },
    url: (url) => redactUrl(url, inQueries),
    query: (query) => redactQuery(query, inQueries),
  }
}

/** A key of a Map can be a slice, which keeps alive what it was cut from. The name of a property never is. */
function owned(key: string): string {
  for (const name in { [key]: 0 }) return name
  return key
}
