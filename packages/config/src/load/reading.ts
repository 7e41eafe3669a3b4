import type { Refusal } from '../declaration/grammar.ts'
import { isHidden, type Leaf } from '../declaration/leaves.ts'
import type { Issue } from '../issues/issue.ts'
import type { Found } from '../sources/layer.ts'
import { linkedService, linkHint } from '../sources/service-links.ts'
import { quotedValue, redacted, withoutCredentials } from '../text/credentials.ts'
import { counted } from '../text/quote.ts'
import { secret } from '../values/secret.ts'

/** The value of a variable, and where it came from. */
export interface Reading {
  readonly leaf: Leaf
  /** As in the configuration: a Secret if the kind is secret. */
  readonly value: unknown
  readonly source: string
  /** The file that `X_FILE` names. */
  readonly file: string | undefined
  readonly text: string | undefined
  /** A credential is a part of the text. */
  readonly hidden: boolean
  /** The former name by which it was found. */
  readonly alias: string | undefined
}

/** The value of a variable that is set nowhere; undefined if the variable is required. */
export function absent(leaf: Leaf): Reading | undefined {
  const { fallback, optional } = leaf.definition
  if (fallback) return readingOf(leaf, fallback.value, { source: 'default' })
  return optional ? readingOf(leaf, undefined, { source: 'unset' }) : undefined
}

/** The value of a text that was found, or why the text is refused. */
export function parsed(leaf: Leaf, found: Found, maxBytes: number): Reading | Issue {
  const { text } = found
  // A character takes at most three bytes.
  if (typeof text !== 'string' || text.length * 3 > maxBytes) {
    const issue = unfit(leaf, found, maxBytes)
    if (issue) return issue
  }
  const outcome = leaf.definition.grammar.parse(text)
  return outcome.ok ? readingOf(leaf, outcome.value, found) : invalid(leaf, found, outcome)
}

function unfit(leaf: Leaf, found: Found, maxBytes: number): Issue | undefined {
  const untold = { ...found, text: undefined }
  if (typeof found.text !== 'string')
    return invalid(leaf, untold, { ok: false, fixedHint: 'it is not a string' })
  if (Buffer.byteLength(found.text) <= maxBytes) return undefined
  return invalid(leaf, untold, { ok: false, expected: `at most ${maxBytes} bytes` })
}

interface Origin {
  readonly source: string
  readonly file?: string | undefined
  readonly text?: string | undefined
  readonly hidden?: boolean | undefined
  readonly alias?: string | undefined
}

function readingOf(leaf: Leaf, value: unknown, origin: Origin): Reading {
  const { source, file, text, alias } = origin
  const concealed = leaf.definition.secret && value !== undefined ? secret(value) : value
  return { leaf, value: concealed, source, file, text, hidden: origin.hidden === true, alias }
}

/**
 * Whether the value is shown nowhere. Computed on demand: the names of credentials take longer to
 * compile than a configuration to read.
 */
export function isShown({ leaf, hidden }: Reading): boolean {
  return !hidden && !isHidden(leaf)
}

/** Of a secret, reports only what never quotes the text; anything else goes without credentials. */
function invalid(leaf: Leaf, origin: Origin, refusal: Refusal): Issue {
  const { text, source } = origin
  const hidden = origin.hidden === true || isHidden(leaf)
  const { fixedHint, hint } = refusal
  const service =
    source.startsWith('environment') && text !== undefined
      ? linkedService(origin.alias ?? leaf.variable, text)
      : undefined
  return {
    code: refusal.async === true ? 'async' : 'invalid',
    variable: leaf.variable,
    path: leaf.path.join('.'),
    problem: `${leaf.variable} is invalid`,
    expected: refusal.expected ?? leaf.definition.grammar.expected(),
    received: text === undefined ? undefined : hidden ? redacted : printed(leaf, text, quotedValue),
    source,
    hint:
      service !== undefined
        ? linkHint(service)
        : hidden || hint === undefined
          ? fixedHint
          : withoutCredentials(hint),
  }
}

/** The text of a value, or only its length if a part of it may be a secret. */
export function printed(
  { definition }: Leaf,
  text: string | undefined,
  print: (text: string) => string,
): string {
  if (text === undefined) return 'an object'
  return definition.grammar.opaque ? counted(text.length, 'character') : print(text)
}
