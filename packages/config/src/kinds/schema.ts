import type { Outcome } from '../declaration/grammar.ts'
import type { Kind, VariableOptions } from '../declaration/kind.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'
import { copyPlain, freezeDeep } from '../values/freeze.ts'
import { isPromise } from '../values/promises.ts'
import { parseJson } from './json.ts'
import { scalarText } from './scalar.ts'
import { refusalOf } from './schema-issues.ts'
import type { StandardIssue, StandardSchema } from './standard-schema.ts'

/** Options of {@link schema}. */
export interface SchemaOptions extends VariableOptions {
  /**
   * A string is parsed like the text of the variable; anything else is passed to the schema as it
   * is.
   */
  readonly default?: unknown
  /**
   * Whether the text is JSON, and the schema gets the parsed value.
   * @defaultValue false: it gets the text
   */
  readonly json?: boolean
}

/**
 * A kind that uses the schema of another library. The schema gets the text (so use
 * `z.coerce.number()`), or JSON, and must be synchronous. It is not called if the variable is not
 * set, so its own default has no effect.
 */
export function schema<Output>(
  standard: StandardSchema<unknown, Output> | StandardSchema<never, Output>,
  options: SchemaOptions = noOptions,
): Kind<Output> {
  if (options !== noOptions) checkOptions(options)
  const { json = false } = options
  const inner = standard?.['~standard'] as StandardSchema<unknown, Output>['~standard'] | undefined
  if (inner?.version !== 1 || typeof inner.validate !== 'function') {
    throw kindCheck('schema').error('schema', 'a Standard Schema of version 1', standard)
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

function checkOptions(options: SchemaOptions): void {
  const check = kindCheck('schema')
  check.options('options', options, ['default', 'name', 'json'])
  const { json } = options
  if (json !== undefined) check.boolean('json', json)
}

const asynchronous = 'the schema is asynchronous; configuration is read synchronously'

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** Foreign code: it may throw, return anything, and quote the value. What it throws is dropped. */
function validate<Output>(
  standard: StandardSchema<unknown, Output>['~standard'],
  value: unknown,
  json: boolean,
): Outcome<Output> {
  try {
    // A copy: schemas may modify their input, and the result is frozen. A default belongs to the
    // caller.
    const result = standard.validate(copyPlain(value))
    if (isPromise(result)) return { ok: false, async: true, fixedHint: asynchronous }
    const { issues, value: output } = result as { issues?: readonly StandardIssue[]; value: Output }
    if (issues) return refusalOf(issues, value, json, standard)
    freezeDeep(output)
    return { ok: true, value: output }
  } catch {
    return { ok: false, fixedHint: 'the schema threw an error for this value' }
  }
}
