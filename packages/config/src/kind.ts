import { redacted, shown } from './display.ts'
import { misuse, wrongOption } from './errors.ts'
import { isName } from './names.ts'
import { onlyKnown } from './options.ts'
import type { Secret } from './secret.ts'

/** Under a registered symbol: a kind made by the CommonJS copy works in the `load` of the ESM copy. */
export const definitionKey: unique symbol = Symbol.for('@clew/config/kind/v1') as never

/** How one variable is read. Immutable: each method returns a new kind. */
export interface Kind<T> extends AnyKind {
  /** Not set is fine: the value is `undefined`. */
  optional(): Kind<T | undefined>
  /** The value is a {@link Secret}, and appears in no message, report or document. Not accepted on the command line. */
  secret(): Kind<Concealed<T>>
  /** A sentence for the generated documents. */
  describe(text: string): Kind<T>
  readonly [definitionKey]: Definition<T>
}

/** Any kind, whatever its value. */
export interface AnyKind {
  readonly [definitionKey]: Definition<unknown>
}

/** What `.secret()` makes of a type: `string | undefined` becomes `Secret<string> | undefined`. */
export type Concealed<T> = 0 extends 1 & T // `any`, which would be its own secret
  ? Secret<T>
  : [Exclude<T, undefined>] extends [Secret<unknown>]
    ? T
    : Secret<Exclude<T, undefined>> | Extract<T, undefined>

/** What every kind's options have. */
export interface VariableOptions {
  /**
   * The whole name of the variable, such as `PORT`; the prefix is not added.
   * @defaultValue made from the path: `httpAddr` is `HTTP_ADDR`, `database.url` is `DATABASE_URL`
   */
  readonly name?: string
}

/** A JSON Schema of the text of a variable. */
export type TextSchema = Readonly<Record<string, unknown>>

/** What a kind says of a text. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | Refusal

export interface Refusal {
  readonly ok: false
  /** More exact than the kind's own. Quotes nothing of the text. */
  readonly expected?: string | undefined
  /** What to do about it. It may quote the text, or be in the words of somebody else: never said of a secret. */
  readonly hint?: string | undefined
  /** One that quotes nothing of the text, whatever it is: said of a secret, and where there is no other. */
  readonly fixedHint?: string | undefined
  readonly async?: boolean
}

/** How the text of one variable is read. What only messages and documents need is made when they ask. */
export interface Grammar<T> {
  /** The name of the function that makes it: `duration`. */
  readonly type: string
  /** "a duration such as 300ms or 1h30m". Says nothing of any value. */
  expected(): string
  parse(text: string): Outcome<T>
  /** The text that `parse` takes back to an equal value. `undefined`: there is none, since a schema made an object of it. */
  format(value: T): string | undefined
  /** The text of a typed default; `undefined` when it is not of this kind at all. */
  encode(value: unknown): string | undefined
  schema(): TextSchema
  /** The text is structured, and a part of it may be a secret without looking like one: it is never quoted. */
  readonly opaque?: boolean | undefined
}

export interface Definition<T> {
  /** It knows its own type; a definition is used by the loader, which does not. */
  readonly grammar: Grammar<unknown>
  readonly optional: boolean
  readonly secret: boolean
  /** An empty text is a value, not "unset". */
  readonly allowEmpty: boolean
  readonly name: string | undefined
  readonly description: string | undefined
  /** Without a text: a value that the environment could not say. */
  readonly fallback: { readonly text: string | undefined; readonly value: unknown } | undefined
  /** Carries the type; never there. */
  readonly value?: () => T
}

/** Types whose defaults may be quoted in a message: they are too narrow to hold a secret. */
const harmless = ['integer', 'number', 'boolean', 'duration', 'address', 'oneOf']

interface CommonOptions extends VariableOptions {
  readonly default?: unknown
  readonly allowEmpty?: boolean
}

/** Makes a kind of a grammar: checks the options that all kinds share, and the default against the grammar. */
export function kindOf<T>(
  grammar: Grammar<T>,
  options: CommonOptions,
  fromValue?: (value: unknown) => Outcome<T>,
): Kind<T> {
  const { name, allowEmpty = false } = options
  if (name !== undefined) checkName(grammar.type, name)
  if (typeof allowEmpty !== 'boolean') {
    throw wrongOption(`config.${grammar.type}`, 'allowEmpty', 'true or false', allowEmpty)
  }
  const { default: value } = options
  return new VariableKind<T>({
    grammar: grammar as unknown as Grammar<unknown>,
    optional: false,
    secret: false,
    allowEmpty,
    name,
    description: undefined,
    fallback: value === undefined ? undefined : fallbackOf(grammar, value, fromValue),
  })
}

function checkName(type: string, name: unknown): void {
  if (typeof name === 'string' && isName(name, 256)) return
  throw wrongOption(`config.${type}`, 'name', 'a variable name such as HTTP_ADDR', name)
}

function fallbackOf<T>(
  grammar: Grammar<T>,
  value: unknown,
  fromValue?: (value: unknown) => Outcome<T>,
) {
  const text = typeof value === 'string' ? value : grammar.encode(value)
  const outcome =
    fromValue !== undefined && typeof value !== 'string'
      ? fromValue(value)
      : text === undefined
        ? ({ ok: false } as const)
        : grammar.parse(text)
  if (outcome.ok) return { text, value: outcome.value }
  const { type } = grammar
  const received = harmless.includes(type) ? shown(text ?? String(value)) : redacted
  throw misuse(
    'ERR_CONFIG_DECLARATION',
    'async' in outcome
      ? `config.${type}: ${outcome.fixedHint}`
      : `config.${type}: default must be ${grammar.expected()}, received ${received}`,
  )
}

// As in secret.ts.
const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never

class VariableKind<T> implements Kind<T> {
  readonly [definitionKey]: Definition<T>

  constructor(definition: Definition<T>) {
    this[definitionKey] = definition
    Object.freeze(this)
  }

  optional(): Kind<T | undefined> {
    const definition = this[definitionKey]
    if (definition.fallback) {
      throw misuse(
        'ERR_CONFIG_DECLARATION',
        `config.${definition.grammar.type}: a default and optional() exclude each other`,
      )
    }
    return new VariableKind<T | undefined>({ ...untyped(definition), optional: true })
  }

  secret(): Kind<Concealed<T>> {
    return new VariableKind<Concealed<T>>({ ...untyped(this[definitionKey]), secret: true })
  }

  describe(text: string): Kind<T> {
    if (typeof text !== 'string') throw wrongOption('describe', 'text', 'a text', text)
    return new VariableKind<T>({ ...this[definitionKey], description: text })
  }

  /** Without the default, which may be one of a secret. */
  [inspect](): string {
    return `config.${this[definitionKey].grammar.type}`
  }
}

function untyped(definition: Definition<unknown>): Definition<never> {
  return definition as Definition<never>
}

/** A kind, also one made by another copy of this package. */
export function isKind(value: unknown): value is AnyKind {
  return typeof value === 'object' && value !== null && definitionKey in value
}

/** What the options of a kind are when there are none, and need no look. */
export const noOptions: Readonly<Record<never, never>> = Object.freeze({})

/** Refuses options that a kind does not have. */
export function onlyOptions(type: string, options: unknown, known: readonly string[]): void {
  onlyKnown(`config.${type}`, options, [...known, 'default', 'name'])
}
