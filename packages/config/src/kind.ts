import { redacted, shown } from './display.ts'
import { misuse, wrongOption } from './errors.ts'
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
export type Concealed<T> = [Exclude<T, undefined>] extends [Secret<unknown>]
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

/** What a kind says of a text. A refusal's words may quote the text: they are dropped for a secret. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | Refusal

export interface Refusal {
  readonly ok: false
  /** More exact than the kind's own, such as the number of an item. */
  readonly expected?: string | undefined
  readonly hint?: string | undefined
  readonly async?: boolean
}

export interface Grammar<T> {
  /** The name of the function that makes it: `duration`. */
  readonly type: string
  /** "a duration such as 300ms or 1h30m". Says nothing of any value. */
  readonly expected: string
  parse(text: string): Outcome<T>
  /** The text that `parse` takes back to an equal value. */
  format(value: T): string
  /** The text of a typed default; `undefined` when it is not of this kind at all. */
  encode(value: unknown): string | undefined
  readonly schema: TextSchema
  /** The text is structured, and a part of it may be a secret without looking like one: it is never quoted. */
  readonly opaque?: boolean
}

export interface Definition<T> {
  readonly type: string
  readonly expected: string
  readonly schema: TextSchema
  parse(text: string): Outcome<unknown>
  format(value: unknown): string
  encode(value: unknown): string | undefined
  readonly optional: boolean
  readonly secret: boolean
  /** An empty text is a value, not "unset". */
  readonly allowEmpty: boolean
  readonly name: string | undefined
  readonly description: string | undefined
  readonly fallback: { readonly text: string; readonly value: unknown } | undefined
  readonly opaque?: boolean
  /** Carries the type; never there. */
  readonly value?: () => T
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/

/** Types whose defaults may be quoted in a message: they are too narrow to hold a secret. */
const harmless = new Set(['integer', 'number', 'boolean', 'duration', 'address', 'oneOf'])

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
  const owner = `config.${grammar.type}`
  if (
    options.name !== undefined &&
    !(typeof options.name === 'string' && namePattern.test(options.name))
  ) {
    throw wrongOption(owner, 'name', 'a variable name such as HTTP_ADDR', options.name)
  }
  if (options.allowEmpty !== undefined && typeof options.allowEmpty !== 'boolean') {
    throw wrongOption(owner, 'allowEmpty', 'true or false', options.allowEmpty)
  }
  return kind<T>({
    // The grammar knows its own type; a definition is used by the loader, which does not.
    ...(grammar as unknown as Grammar<unknown>),
    optional: false,
    secret: false,
    allowEmpty: options.allowEmpty ?? false,
    name: options.name,
    description: undefined,
    fallback:
      options.default === undefined ? undefined : fallbackOf(grammar, options.default, fromValue),
  })
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
  if (outcome.ok) return { text: text ?? '', value: outcome.value }
  const received = harmless.has(grammar.type) ? shown(text ?? String(value)) : redacted
  throw misuse(
    'ERR_CONFIG_DECLARATION',
    `config.${grammar.type}: default must be ${grammar.expected}, received ${received}`,
  )
}

function kind<T>(definition: Definition<unknown>): Kind<T> {
  return Object.freeze({
    [definitionKey]: Object.freeze(definition) as Definition<T>,
    optional() {
      if (definition.fallback) {
        throw misuse(
          'ERR_CONFIG_DECLARATION',
          `config.${definition.type}: a default and optional() exclude each other`,
        )
      }
      return kind<T | undefined>({ ...definition, optional: true })
    },
    secret() {
      return kind<Concealed<T>>({ ...definition, secret: true })
    },
    describe(text: string) {
      if (typeof text !== 'string') throw wrongOption('describe', 'text', 'a text', text)
      return kind<T>({ ...definition, description: text })
    },
  })
}

/** A kind, also one made by another copy of this package. */
export function isKind(value: unknown): value is AnyKind {
  return typeof value === 'object' && value !== null && definitionKey in value
}

/** Refuses options that do not exist: a misspelt `min` must not be silently ignored. */
export function onlyOptions(type: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw wrongOption(`config.${type}`, 'options', 'an object', options)
  }
  const all = [...known, 'default', 'name']
  const unknown = Object.keys(options).find((key) => !all.includes(key))
  if (unknown !== undefined) {
    throw misuse(
      'ERR_CONFIG_OPTION',
      `config.${type}: there is no option ${shown(unknown)}; there are ${all.join(', ')}`,
    )
  }
}
