import {
  isCredentialField,
  isCredentialParameter,
  isNumberOf,
  normalizedName,
} from '@clew/internal/redaction/credential-names'
import type { Check } from '../errors.ts'
import { type Censor, censorOption } from './censor.ts'
import { below, type PathRules, pathRulesOf } from './path-rules.ts'
import { mayHide, redactText } from './text-redaction.ts'
import { redactQuery, redactUrl } from './url-redaction.ts'

/** What is hidden. */
export interface RedactOptions {
  /**
   * Keys hidden at any depth, compared without case, `-` and `_`. Added to the usual credential
   * names. @defaultValue none
   */
  readonly keys?: readonly string[]
  /**
   * Paths hidden, from the top of a line's fields, in pino's syntax: `user.card`, `err.config.data`,
   * `headers["x-internal"]`, `*.pin`, `items[*].price`. `*` is any one key or index. A field whose
   * whole name is the path is hidden too. @defaultValue none
   */
  readonly paths?: readonly string[]
  /** Whether the usual credential names are hidden. @defaultValue true */
  readonly credentials?: boolean
  /**
   * What stands in place of a hidden value: a text, or a function of the value and its key. Where the
   * function throws, `[redacted]`. Not for secrets, and not for credentials within texts.
   * @defaultValue `[redacted]`
   */
  readonly censor?: string | ((value: unknown, key: string) => unknown)
  /** Leave hidden fields and members out. In a list, `null` keeps the place. @defaultValue false */
  readonly remove?: boolean
}

export interface Redaction {
  readonly paths: PathRules
  /** Whether what is hidden is left out. */
  readonly removes: boolean
  /** What stands in place of a hidden value; undefined: `[redacted]`. */
  readonly censor: Censor | undefined
  /** Whether a key is hidden by its name, whatever its value. */
  hides(key: string): boolean
  /** Whether a value under a hidden key is shown all the same: the number of tokens. */
  spares(key: string, value: unknown): boolean
  /** The same for a field of a line, whose name may have got a prefix. */
  hidesField(key: string): boolean
  /** What is hidden in a field of a line by paths. */
  field(key: string): PathRules | 'hide'
  /** A string without the credentials in it, as far as `maxLength` shows it. */
  text(text: string, maxLength: number): string
  /** A URL, or the path and query of one, without credentials. */
  url(url: string): string
  /** A query string without the values of parameters that hold credentials. */
  query(query: string): string
}

// The head of an outgoing request as a string, as Node keeps it.
const headerText = '_header'
// In front of the name of a field, where the logger has one of that name.
const renamed = 'field.'
const maxCachedKeys = 1024
const maxCachedLength = 128

const nothing: Redaction = {
  paths: [],
  removes: false,
  censor: undefined,
  hides: () => false,
  spares: () => false,
  hidesField: () => false,
  field: () => [],
  text: (text) => text,
  url: (url) => url,
  query: (query) => query,
}

const optionNames = ['keys', 'paths', 'credentials', 'censor', 'remove'] as const

/** @param report - says once that a function of the user throws */
export function createRedaction(
  check: Check,
  options: RedactOptions | false | undefined,
  report: (message: string) => void = () => {},
): Redaction {
  if (options === false) return nothing
  const given = check.options('redact', options, optionNames)
  const { keys = [], paths = [], credentials = true, censor, remove = false } = given
  check.boolean('redact.credentials', credentials)
  check.boolean('redact.remove', remove)
  if (remove && censor !== undefined) {
    throw check.error('redact.censor', 'left out where redact.remove is true', censor)
  }
  const names = namesOf(check, check.strings('redact.keys', keys))
  const rules = pathRulesOf(check, check.strings('redact.paths', paths))
  const isOurs = (key: string) => names.size > 0 && names.has(normalizedName(key))
  const isHidden = (key: string) =>
    isOurs(key) || (credentials && (key === headerText || isCredentialField(key)))
  const hides = cached(isHidden)
  // Names in texts are kept apart: there are more of them.
  const inText = cached(isHidden)
  const parameter = cached((key) => isOurs(key) || (credentials && isCredentialParameter(key)))
  const spares = (key: string, value: unknown) => isNumberOf(key, value) && !isOurs(key)
  const named = { field: inText, parameter, spares }

  function field(key: string): PathRules | 'hide' {
    const rest = below(rules, key)
    if (rest === 'hide' || !key.startsWith(renamed)) return rest
    const original = below(rules, key.slice(renamed.length))
    return original === 'hide' ? original : [...rest, ...original]
  }

  return {
    paths: rules,
    removes: remove,
    censor: censorOption(check, censor, report),
    hides,
    spares,
    hidesField: (key) =>
      hides(key) || (key.startsWith(renamed) && hides(key.slice(renamed.length))),
    field,
    text: (text, maxLength) => (mayHide(text) ? redactText(text, maxLength, named) : text),
    url: (url) => redactUrl(url, named),
    query: (query) => redactQuery(query, named),
  }
}

function namesOf(check: Check, keys: readonly string[]): ReadonlySet<string> {
  const names = new Set(keys.map(normalizedName))
  if (names.has('')) throw check.error('redact.keys', 'names', keys)
  const wrong = keys.findIndex((key) => key.includes('*'))
  if (wrong === -1) return names
  throw check.error(`redact.keys[${wrong}]`, 'a whole name, without *', keys[wrong])
}

/** Names can come from outside, such as those of a query: they must not fill it for good. */
function cached(isHidden: (key: string) => boolean): (key: string) => boolean {
  const known = new Map<string, boolean>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const hides = isHidden(key)
    if (key.length <= maxCachedLength) {
      if (known.size >= maxCachedKeys) known.clear()
      known.set(unsliced(key), hides)
    }
    return hides
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
