import { wrongOption } from '../errors.ts'
import { copyPlain, freezeDeep } from '../freeze.ts'
import {
  type Kind,
  kindOf,
  noOptions,
  type Outcome,
  onlyOptions,
  type VariableOptions,
} from '../kind.ts'
import { complaints } from './complaints.ts'
import { parseJson } from './json.ts'

/**
 * A schema of any library that speaks Standard Schema 1: zod, valibot, arktype and others.
 * Source: https://standardschema.dev (the interface is meant to be copied).
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a {@link StandardSchema} answers. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

/** One complaint of a {@link StandardSchema}. */
export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Options of {@link schema}. */
export interface SchemaOptions extends VariableOptions {
  /** A text, as the variable would have it; anything else is handed to the schema as it is. */
  readonly default?: unknown
  /** The text is JSON, and the schema sees the value. @defaultValue false: the schema sees the text */
  readonly json?: boolean
}

/**
 * A value that a schema of another library checks. It sees the text (so `z.coerce.number()`), or JSON. It must be synchronous.
 * When the variable is not set, the schema is not asked: a default of the schema's own has no effect.
 */
export function schema<Output>(
  standard: StandardSchema<unknown, Output> | StandardSchema<never, Output>,
  options: SchemaOptions = noOptions,
): Kind<Output> {
  if (options !== noOptions) onlyOptions('schema', options, ['json'])
  const { json = false } = options
  if (typeof json !== 'boolean') throw wrongOption('config.schema', 'json', 'true or false', json)
  const inner = standard?.['~standard'] as StandardSchema<unknown, Output>['~standard'] | undefined
  if (inner?.version !== 1 || typeof inner.validate !== 'function') {
    throw wrongOption('config.schema', 'schema', 'a Standard Schema of version 1', standard)
  }
  return kindOf<Output>(
    {
      type: 'schema',
      expected: () => (json ? 'JSON that its schema accepts' : 'a value that its schema accepts'),
      parse(text) {
        if (!json) return validate(inner, text, false)
        const parsed = parseJson(text)
        return parsed.ok ? validate(inner, parsed.value, true) : { ...parsed, expected: 'JSON' }
      },
      format: json ? jsonText : (value) => (value === null ? 'null' : scalarText(value)),
      encode: json ? jsonText : scalarText,
      schema: () => ({ type: 'string', ...(json ? { contentMediaType: 'application/json' } : {}) }),
      opaque: json,
    },
    options,
    (value) => validate(inner, value, true),
  )
}

const asynchronous = 'the schema is asynchronous; configuration is read synchronously'

/** What is no text of its own has none: what a schema made of a text may have a secret as a part. */
function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return ['number', 'boolean', 'bigint'].includes(typeof value) ? String(value) : undefined
}

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** Somebody else's code: it may throw, answer anything, and quote the value. Nothing of what it throws is passed on. */
function validate<Output>(
  standard: StandardSchema<unknown, Output>['~standard'],
  value: unknown,
  json: boolean,
): Outcome<Output> {
  try {
    // A copy: schemas may change what they are given, and what they give is frozen. A default is the caller's.
    const result = standard.validate(copyPlain(value))
    if (typeof (result as PromiseLike<unknown>).then === 'function') {
      // Its rejection must not end the process.
      Promise.resolve(result).then(undefined, () => {})
      return { ok: false, async: true, fixedHint: asynchronous }
    }
    const { issues, value: output } = result as { issues?: readonly StandardIssue[]; value: Output }
    if (issues) return complaints(issues, value, json, standard)
    freezeDeep(output)
    return { ok: true, value: output }
  } catch {
    return { ok: false, fixedHint: 'the schema itself fails on this value' }
  }
}
