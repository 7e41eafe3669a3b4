import type { Redaction } from '../redaction/redaction.ts'
import type { Plain } from '../values/plain-value.ts'
import { quoted } from './text.ts'

/** What is known about one key, so that a line need not work it out again. */
export interface Key {
  /** `,"key":` */
  readonly json: string
  readonly name: string
  /**
   * Whether a line with it takes the slow path: reserved, generated, redacted, or below a path
   * rule.
   */
  readonly special: boolean
  /** Whether some context has it, so that a call's field of that name must be looked up there. */
  bound: boolean
}

const maxCached = 1024
const maxCachedLength = 128

/** Fields that only the logger writes; a caller's field of that name becomes `field.<name>`. */
const alwaysReserved: ReadonlySet<string> = new Set(['time', 'level', 'msg'])
const sometimesReserved: ReadonlySet<string> = new Set([
  'err',
  'trace_id',
  'span_id',
  'api.service',
  'api.method',
  'file',
])

export interface KeyTable {
  of(key: string): Key
  /** The table itself, for the fast path: a miss must call `of`. */
  readonly known: ReadonlyMap<string, Key>
  /** The name under which a key of the logger's own is written. */
  nameOf(key: string): string
  /** Whether some other key is written under this name. */
  isOutput(key: string): boolean
  /**
   * Whether a value under this key has a member that a reader of dotted names takes for one of the
   * logger's own: `{ log: { level } }` in ECS.
   */
  isOutputWithin(key: string, value: Plain): boolean
}

export function createKeys(
  redaction: Redaction,
  renamed: Readonly<Record<string, string>>,
  added: readonly string[] = [],
): KeyTable {
  const outNames = new Set([...Object.values(renamed), ...added])
  const dotted = [...alwaysReserved]
    .map((key) => renamed[key] ?? key)
    .filter((name) => name.includes('.'))
  const within = (key: string) => dotted.filter((name) => name.startsWith(`${key}.`))
  const known = new Map<string, Key>()
  // Whether a key that a context has was forgotten: from then on any new one may be bound.
  let anyBound = false

  // Names can come from outside, such as those of a query: they must not make all later lines slow.
  function makeRoom(): void {
    for (const [key, { bound }] of known) if (!bound) known.delete(key)
    if (known.size <= maxCached / 2) return
    anyBound = true
    known.clear()
  }

  const isSpecial = (key: string) =>
    alwaysReserved.has(key) ||
    sometimesReserved.has(key) ||
    outNames.has(key) ||
    within(key).length > 0 ||
    key === '__proto__' ||
    key.startsWith('field.') ||
    redaction.hidesField(key) ||
    redaction.paths.some(([first]) => first === '*' || first === key)
  return {
    known,
    nameOf: (key) => renamed[key] ?? key,
    isOutput: (key) => outNames.has(key),
    isOutputWithin: (key, value) =>
      typeof value === 'object' &&
      within(key).some((name) => hasPath(value, name.slice(key.length + 1).split('.'))),
    of(key) {
      const found = known.get(key)
      if (found !== undefined) return found
      const own = Object.hasOwn(renamed, key) ? renamed[key] : undefined
      const name = own ?? redaction.text(key, key.length)
      // A key that is not cached cannot be marked as bound either.
      const isKept = key.length <= maxCachedLength
      const json = `,${quoted(name)}:`
      const special = !isKept || isSpecial(key) || (own === undefined && name !== key)
      const entry = { json, name, special, bound: anyBound }
      if (isKept) {
        if (known.size >= maxCached) makeRoom()
        known.set(key, entry)
      }
      return entry
    },
  }
}

function hasPath(value: Plain | undefined, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false
  return hasPath((value as Readonly<Record<string, Plain>>)[name], rest)
}

export function isReserved(key: string): boolean {
  return alwaysReserved.has(key)
}
