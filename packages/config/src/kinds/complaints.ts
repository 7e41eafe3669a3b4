import { plain } from '../display.ts'
import type { Refusal } from '../kind.ts'
import type { StandardIssue, StandardSchema } from './schema.ts'

const maxComplaints = 3
const maxParts = 8
const maxCompared = 4096
const maxNamed = 10_000
const notAccepted = 'is not accepted by its schema'

/**
 * What is passed on of the words of a foreign schema. Of JSON, none: a part of it may be a secret, and nobody can tell which words are
 * made of it; only where it is wrong. Of a text, those that quote nothing of it.
 */
export function complaints(
  issues: readonly StandardIssue[],
  value: unknown,
  json: boolean,
  standard: StandardSchema['~standard'],
): Refusal {
  let known: ReadonlySet<string> | undefined
  const names = () => (known ??= namesIn(standard))
  const first = [...issues].slice(0, maxComplaints).map(({ message, path }) => {
    const where = placeOf(path ?? [], value, names)
    const said = json ? undefined : unrelated(String(message), String(value))
    return where === ''
      ? (said ?? `it ${notAccepted}`)
      : `${where}${said === undefined ? ` ${notAccepted}` : `: ${said}`}`
  })
  if (first.length === 0) return { ok: false }
  const more = issues.length > first.length ? [`and ${issues.length - first.length} more`] : []
  const hint = [...first, ...more].join('; ')
  return json ? { ok: false, fixedHint: hint } : { ok: false, hint }
}

/** `servers.0.host`. A key that the schema does not name is one of the value, such as that of a record: it is `*`. */
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

/** The properties that the schema names, when it can say itself as a JSON Schema: zod and arktype can. */
function namesIn(standard: object): ReadonlySet<string> {
  const names = new Set<string>()
  const open: unknown[] = [jsonSchemaOf(standard)]
  for (let looked = 0; open.length > 0 && looked < maxNamed; looked++) {
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

/** Source: https://standardschema.dev/json-schema. Dates and the like have none; zod passes over them when it is told to. */
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

/** A message, without the value that valibot and arktype put at its end. `undefined`: it quotes some of the value, or may do so. */
function unrelated(message: string, value: string): string | undefined {
  if (value.length > maxCompared) return undefined
  const words = message
    .slice(0, maxCompared)
    .replace(/[:,]?\s(?:\(was|but received|received)\b.*$/is, '')
  return /\w/.test(words) && !quotes(words, value) ? plain(words, 200) : undefined
}

/**
 * Whether a message has a word or a number of the value in it, or a part of one, in whatever case and however it is escaped. Short ones
 * count only when they are the same: an `a` is in every message.
 */
function quotes(message: string, value: string): boolean {
  const said = simplified(message)
  const [words, parts] = [wordsOf(said), wordsOf(simplified(value))]
  const whole = parts.join('')
  return (
    parts.some((part) => (part.length < 3 ? words.includes(part) : said.includes(part))) ||
    words.some((word) => word.length > 2 && whole.includes(word)) ||
    (parts.length === 0 && said.includes(value.trim()))
  )
}

/** Without case, forms of letters, and the escapes of JSON and URLs. */
function simplified(text: string): string {
  return text
    .replace(/(?:\\+(?:u00|x)|%)([0-9a-f]{2})/gi, (_, code) =>
      String.fromCharCode(parseInt(code, 16)),
    )
    .replace(/\\+u([0-9a-f]{4})/gi, (_, code) => String.fromCharCode(parseInt(code, 16)))
    .replace(/\\+[bfnrt0]/g, ' ')
    .normalize('NFKC')
    .toLowerCase()
}

const wordsOf = (text: string): readonly string[] => text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
