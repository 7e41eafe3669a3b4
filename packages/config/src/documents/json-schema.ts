import type { Spec } from '../declaration/spec.ts'
import { type DocumentOptions, type Entry, entriesOf } from './entry.ts'

/**
 * A JSON Schema (2020-12) of the environment: an object with a string for each variable. It lacks
 * the bounds of numbers and durations, since the values are strings.
 */
export function jsonSchema(spec: Spec, options?: DocumentOptions): Record<string, unknown> {
  const entries = entriesOf(spec, options, 'config.jsonSchema')
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
  const property: [string, Record<string, unknown>] = [
    variable,
    {
      ...schema,
      description: text,
      ...(typeof fallback === 'string' ? {} : { default: fallback.text }),
      ...(secret ? { writeOnly: true } : {}),
    },
  ]
  if (!file) return [property]
  return [
    property,
    [file, { type: 'string', description: `The path of a file that contains ${variable}.` }],
  ]
}
