import type { Spec } from '../spec.ts'
import { type DocumentOptions, type Entry, entriesOf } from './entry.ts'

/**
 * A JSON Schema (2020-12) of the environment: an object of texts, one for each variable. Bounds of numbers and durations are
 * not in it, since the values are texts.
 */
export function jsonSchema(spec: Spec, options: DocumentOptions = {}): Record<string, unknown> {
  const entries = entriesOf(spec, options)
  const required = entries.filter((entry) => entry.required)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: Object.fromEntries(entries.flatMap(properties)),
    allOf: required.map(({ variable, file }) =>
      file ? { anyOf: [{ required: [variable] }, { required: [file] }] } : { required: [variable] },
    ),
  }
}

function properties(entry: Entry): [string, Record<string, unknown>][] {
  const { variable, description, expected, secret, file, fallback, schema } = entry
  const text = description ? `${description} Takes ${expected}.` : `Takes ${expected}.`
  const own: [string, Record<string, unknown>] = [
    variable,
    {
      ...schema,
      description: text,
      ...(typeof fallback === 'string' ? {} : { default: fallback.text }),
      ...(secret ? { writeOnly: true } : {}),
    },
  ]
  if (!file) return [own]
  return [own, [file, { type: 'string', description: `A file that holds ${variable}.` }]]
}
