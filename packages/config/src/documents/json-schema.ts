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
    allOf: required.map((entry) => {
      const any = namesOf(entry).map((name) => ({ required: [name] }))
      return any.length > 1 ? { anyOf: any } : any[0]
    }),
  }
}

/** All variables that give the value. */
function namesOf({ variable, file, aliases }: Entry): readonly string[] {
  return [{ name: variable, file }, ...aliases].flatMap(({ name, file }) =>
    file === undefined ? [name] : [name, file],
  )
}

function properties(entry: Entry): [string, Record<string, unknown>][] {
  const { variable, description, expected, secret, file, aliases, fallback, schema } = entry
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
  const all: [string, Record<string, unknown>][] = [property]
  if (file) all.push(fileProperty(file, variable))
  for (const { name, file } of aliases) {
    const deprecated = { deprecated: true, ...(secret ? { writeOnly: true } : {}) }
    all.push([name, { ...schema, description: `Is now called ${variable}.`, ...deprecated }])
    if (file) all.push(fileProperty(file, variable))
  }
  return all
}

function fileProperty(file: string, variable: string): [string, Record<string, unknown>] {
  return [file, { type: 'string', description: `The path of a file that contains ${variable}.` }]
}
