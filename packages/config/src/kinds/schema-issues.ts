import type { Refusal } from '../declaration/grammar.ts'
import { plain } from '../text/quote.ts'
import type { StandardIssue, StandardSchema } from './standard-schema.ts'
import { unquoting } from './unquoting.ts'

const maxIssues = 3
const maxParts = 8
const maxVisited = 10_000
const rejected = 'is rejected by its schema'

/**
 * A refusal for the issues of a foreign schema. For JSON it gives only the paths: a part of the
 * value may be a secret, and a message may contain any part of it. For a text it includes the
 * messages that quote nothing of the text.
 */
export function refusalOf(
  issues: readonly StandardIssue[],
  value: unknown,
  json: boolean,
  standard: StandardSchema['~standard'],
): Refusal {
  let known: ReadonlySet<string> | undefined
  const names = () => (known ??= namesIn(standard))
  const first = [...issues].slice(0, maxIssues).map(({ message, path }) => {
    const where = placeOf(path ?? [], value, names)
    const reason = json ? undefined : unquoting(String(message), String(value))
    return where === ''
      ? (reason ?? `it ${rejected}`)
      : `${where}${reason === undefined ? ` ${rejected}` : `: ${reason}`}`
  })
  if (first.length === 0) return { ok: false }
  const more = issues.length > first.length ? [`and ${issues.length - first.length} more`] : []
  const hint = [...first, ...more].join('; ')
  return json ? { ok: false, fixedHint: hint } : { ok: false, hint }
}

/**
 * `servers.0.host`. A key that the schema does not declare, such as that of a record, comes from
 * the value: it is `*`.
 */
function placeOf(
  path: NonNullable<StandardIssue['path']>,
  value: unknown,
  names: () => ReadonlySet<string>,
): string {
  const parts: string[] = []
  let current = value
  for (const part of path.slice(0, maxParts)) {
    const key = typeof part === 'object' && part !== null ? part.key : part
    const known = Array.isArray(current) ? isIndex(key) : names().has(String(key))
    parts.push(known ? plain(String(key)) : '*')
    current = (current as Record<PropertyKey, unknown> | null | undefined)?.[key]
  }
  return parts.join('.')
}

const isIndex = (key: PropertyKey) => /^\d{1,9}$/.test(String(key))

/** The properties that the schema declares, if it can export a JSON Schema: zod and arktype can. */
function namesIn(standard: object): ReadonlySet<string> {
  const names = new Set<string>()
  const open: unknown[] = [jsonSchemaOf(standard)]
  for (let visited = 0; open.length > 0 && visited < maxVisited; visited++) {
    const part = open.pop()
    if (typeof part !== 'object' || part === null) continue
    const { properties } = part as { properties?: unknown }
    if (typeof properties === 'object' && properties !== null && !Array.isArray(properties)) {
      for (const name of Object.keys(properties)) names.add(name)
    }
    open.push(...Object.values(part))
  }
  return names
}

/**
 * Source: https://standardschema.dev/json-schema. Dates and the like have no JSON Schema; zod skips
 * them if told to.
 */
function jsonSchemaOf(standard: object): unknown {
  try {
    return (standard as WithJsonSchema).jsonSchema?.input({
      target: 'draft-2020-12',
      libraryOptions: { unrepresentable: 'any' },
    })
  } catch {
    return undefined
  }
}

interface WithJsonSchema {
  readonly jsonSchema?: { input(options: object): unknown }
}
