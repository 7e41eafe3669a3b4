import { quotedValue, redacted } from '../text/credentials.ts'
import type { Grammar, Outcome } from './grammar.ts'
import {
  type Concealed,
  type Definition,
  definitionKey,
  type Kind,
  type VariableOptions,
} from './kind.ts'
import { type ConfigCheck, checkOf, declarationMistake } from './mistakes.ts'
import { isName } from './names.ts'

/** Types whose defaults may be quoted in a message: they are too narrow to contain a secret. */
const harmlessTypes = [
  'integer',
  'number',
  'boolean',
  'duration',
  'bytes',
  'port',
  'address',
  'oneOf',
]

interface CommonOptions extends VariableOptions {
  readonly default?: unknown
  readonly allowEmpty?: boolean
}

/** The options of a kind that was given none: they need no check. */
export const noOptions: Readonly<Record<never, never>> = Object.freeze({})

/** Checks the options of a kind. */
export function kindCheck(type: string): ConfigCheck {
  return checkOf(`config.${type}`)
}

/** Creates a kind: checks the options that all kinds share, and the default against the grammar. */
export function kindOf<T>(
  grammar: Grammar<T>,
  options: CommonOptions,
  fromValue?: (value: unknown) => Outcome<T>,
): Kind<T> {
  const { name, allowEmpty = false, default: value } = options
  if (name !== undefined) checkName(grammar.type, name)
  if (typeof allowEmpty !== 'boolean') kindCheck(grammar.type).boolean('allowEmpty', allowEmpty)
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
  throw kindCheck(type).error('name', 'a variable name such as HTTP_ADDR', name)
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
  const received = harmlessTypes.includes(type) ? quotedValue(text ?? String(value)) : redacted
  throw declarationMistake(
    'async' in outcome
      ? `config.${type}: ${outcome.fixedHint}`
      : `config.${type}: default must be ${grammar.expected()}; received ${received}`,
  )
}

const maxAliases = 10

// The documented key of util.inspect.custom; importing node:util for it would cost a millisecond.
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
      throw declarationMistake(
        `config.${definition.grammar.type}: optional() must not be combined with a default`,
      )
    }
    return new VariableKind<T | undefined>({ ...untyped(definition), optional: true })
  }

  secret(): Kind<Concealed<T>> {
    return new VariableKind<Concealed<T>>({ ...untyped(this[definitionKey]), secret: true })
  }

  fromFile(allowed: boolean = true): Kind<T> {
    const definition = this[definitionKey]
    checkOf(`config.${definition.grammar.type}().fromFile`).boolean('allowed', allowed)
    return new VariableKind<T>({ ...definition, file: allowed })
  }

  alias(...names: string[]): Kind<T> {
    const definition = this[definitionKey]
    const aliases = [...(definition.aliases ?? []), ...names]
    const check = checkOf(`config.${definition.grammar.type}().alias`)
    const wrong = names.findIndex((name) => typeof name !== 'string' || !isName(name, 256))
    if (wrong >= 0) throw check.error('names', 'variable names such as OLD_ADDR', names[wrong])
    if (names.length === 0 || aliases.length > maxAliases) {
      throw check.error('names', `1 to ${maxAliases} names`, aliases)
    }
    return new VariableKind<T>({ ...definition, aliases })
  }

  describe(text: string): Kind<T> {
    const definition = this[definitionKey]
    if (typeof text !== 'string') {
      throw checkOf(`config.${definition.grammar.type}().describe`).error('text', 'a string', text)
    }
    return new VariableKind<T>({ ...definition, description: text })
  }

  /** Omits the default, which may be that of a secret. */
  [inspect](): string {
    return `config.${this[definitionKey].grammar.type}`
  }
}

function untyped(definition: Definition<unknown>): Definition<never> {
  return definition as Definition<never>
}
