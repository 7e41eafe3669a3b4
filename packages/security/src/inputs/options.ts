import type { Check } from '../options.ts'
import { type InputSchemas, type Part, parts } from './parts.ts'
import type { StandardSchema } from './standard-schema.ts'

export interface ValidateOptions {
  /**
   * Longest body, in bytes (integer, 0 to 1_073_741_824), before the response is 413. A body that
   * the framework has read already is judged by its Content-Length.
   *
   * @defaultValue 1_048_576 (1 MiB)
   */
  readonly maxBytes?: number
  /**
   * How deep a body may be nested (integer, 1 to 1_000).
   *
   * @defaultValue 64
   */
  readonly maxDepth?: number
  /**
   * How many faults one response lists (integer, 1 to 1_000); it counts the others.
   *
   * @defaultValue 100
   */
  readonly maxErrors?: number
  /**
   * Longest time to read the body, before the response is 408, and longest time of the schemas
   * together, before it is 503. In milliseconds (integer, 10 to 600_000).
   *
   * @defaultValue 30_000
   */
  readonly timeoutMs?: number
  /**
   * Types that a body may have (RFC 9110, section 8.3.1), without parameters; `*` stands for one or
   * more characters. Any other is 415.
   *
   * @defaultValue `['application/json', 'application/*+json']`
   */
  readonly mediaTypes?: readonly string[]
  /**
   * Whether the response has the messages of the schemas. They may repeat what was sent: those of
   * valibot and arktype do.
   *
   * @defaultValue false: it says of each fault whether something is missing or not valid
   */
  readonly messages?: boolean
}

/** The options of a validator, checked. */
export type ValidateSettings = Required<Omit<ValidateOptions, 'mediaTypes'>> & {
  readonly schemas: readonly (readonly [Part, StandardSchema['~standard']])[]
  readonly mediaTypes: MediaTypes
}

/** The types that a body may have. */
export interface MediaTypes {
  readonly names: readonly string[]
  readonly patterns: readonly RegExp[]
}

const names = ['maxBytes', 'maxDepth', 'maxErrors', 'timeoutMs', 'mediaTypes', 'messages'] as const

export function readValidateOptions(
  check: Check,
  schemas: InputSchemas,
  options: ValidateOptions | undefined,
): ValidateSettings {
  const given = check.options('options', options, names)
  const {
    maxBytes = 1_048_576,
    maxDepth = 64,
    maxErrors = 100,
    timeoutMs = 30_000,
    mediaTypes = ['application/json', 'application/*+json'],
    messages = false,
  } = given
  return {
    schemas: schemasOption(check, schemas),
    maxBytes: check.integer('maxBytes', maxBytes, { min: 0, max: 2 ** 30 }),
    maxDepth: check.integer('maxDepth', maxDepth, { min: 1, max: 1_000 }),
    maxErrors: check.integer('maxErrors', maxErrors, { min: 1, max: 1_000 }),
    timeoutMs: check.integer('timeoutMs', timeoutMs, { min: 10, max: 600_000 }),
    mediaTypes: mediaTypesOption(check, mediaTypes),
    messages: check.boolean('messages', messages),
  }
}

function schemasOption(check: Check, schemas: InputSchemas): ValidateSettings['schemas'] {
  const given = check.options('schemas', check.object('schemas', schemas), parts)
  const found: [Part, StandardSchema['~standard']][] = []
  for (const part of parts) {
    const schema: unknown = given[part]
    if (schema === undefined) continue
    const standard = (schema as Partial<StandardSchema> | null)?.['~standard']
    if (standard?.version !== 1 || typeof standard.validate !== 'function') {
      throw check.error(`schemas.${part}`, 'a Standard Schema of version 1', schema)
    }
    found.push([part, standard])
  }
  if (found.length === 0) {
    throw check.error('schemas', 'an object with params, query, headers or body', schemas)
  }
  return found
}

/** RFC 9110, section 5.6.2: a token, and a slash between two. */
const mediaType = /^[\w!#$%&'*+.^`|~-]{1,64}\/[\w!#$%&'*+.^`|~-]{1,64}$/

function mediaTypesOption(check: Check, types: readonly string[]): MediaTypes {
  check.strings('mediaTypes', types)
  if (types.length === 0) throw check.error('mediaTypes', 'at least one media type', types)
  const lower = types.map((type) => type.toLowerCase())
  for (const [index, type] of lower.entries()) {
    if (!mediaType.test(type)) {
      throw check.error(`mediaTypes[${index}]`, 'a media type without parameters', type)
    }
  }
  return { names: lower, patterns: lower.map(patternOf) }
}

/** Linear: one `*` becomes one repetition of a class, and the rest are literals. */
function patternOf(type: string): RegExp {
  const literals = type.split('*').map((text) => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'))
  return new RegExp(`^${literals.join('[^/]+')}$`)
}
