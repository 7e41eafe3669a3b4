import type { Entry, LineScope } from '../line/entry.ts'
import type { Fields } from '../line/fields.ts'
import { Snapshot } from '../line/snapshot.ts'
import { redacted } from '../redaction/text-names.ts'
import { cut, marker } from '../truncation.ts'
import { hiddenValue } from '../values/hidden-value.ts'
import type { Plain } from '../values/plain-value.ts'
import { unreadable } from '../values/reading.ts'
import type { Encoding } from './encoding.ts'
import { generatedOf } from './generated.ts'
import { isReserved } from './keys.ts'

const renamed = 'field.'

/** The message of a line, without credentials. */
export const messageOf = ({ msg }: Entry, { redaction, maxValueBytes }: Encoding): string =>
  cut(redaction.text(msg, maxValueBytes), maxValueBytes)

/**
 * The fields of a line in order, each name once, everything plain: context, err, the call's,
 * generated ones. The last one to set a name wins, but not over a name that the logger itself
 * writes: a caller's field of that name gets the prefix `field.`.
 */
export function fieldsOf(entry: Entry, encoding: Encoding): Map<string, Plain> {
  const { keys, redaction, plain, maxValueBytes, maxFields } = encoding
  entry.resolve()
  const { context, scope } = entry
  const owned = scope?.owned
  const generated = new Map<string, unknown>(generatedOf(entry, encoding.preset))
  const extra = entry.generated ?? {}

  const out = new Map<string, Plain>()
  const isTaken = (key: string) =>
    isReserved(key) ||
    keys.isOutput(key) ||
    generated.has(key) ||
    owned?.has(key) === true ||
    (key === 'err' && entry.err !== undefined)

  const put = (key: string, value: unknown, isOurs: boolean) => {
    let name = keys.of(key).name
    const shown = shownOf(key, value)
    if (shown === undefined) return
    if (!isOurs && (isTaken(key) || Object.hasOwn(extra, key) || keys.isOutputWithin(key, shown))) {
      name = renamed + key
    }
    if (name.length * 3 > maxValueBytes) name = cut(name, maxValueBytes)
    out.set(name, shown)
  }
  const shownOf = (key: string, value: unknown): Plain | undefined => {
    const tree = typeof value === 'object' && value !== null ? Snapshot.treeOf(value) : undefined
    const rules = redaction.field(key)
    if (rules === 'hide' || (redaction.hidesField(key) && !redaction.spares(key, value))) {
      // What was made of a value when its line was held has been shown to the censor.
      if (tree === undefined) return hiddenValue(redaction, plain, key, () => value)
      return redaction.removes ? undefined : redaction.censor === undefined ? redacted : tree
    }
    return tree ?? plain(value, rules)
  }
  let left = maxFields
  const putAll = (fields: Fields | undefined, areOurs: (key: string) => boolean) => {
    if (fields === undefined) return
    const room = left
    let names: readonly string[]
    try {
      names = Object.keys(fields)
    } catch {
      put('value', fields, false)
      return
    }
    for (const key of names) {
      if (left === 0) {
        out.set(marker.trim(), `${names.length - room} more fields`)
        return
      }
      left--
      let value: unknown
      try {
        value = fields[key]
      } catch (error) {
        value = unreadable(error)
      }
      if (value !== undefined) put(key, value, areOurs(key))
    }
  }

  const never = () => false
  const putScope = (part: LineScope | undefined) => {
    if (part === undefined) return
    putScope(part.outer)
    putAll(part.fields, part.outer === undefined ? (key) => part.owned.has(key) : never)
  }
  putAll(context.fields, never)
  putScope(scope)
  left = maxFields
  if (entry.err !== undefined) put('err', entry.err, true)
  putAll(entry.fields, never)
  for (const [key, value] of generated) put(key, value, true)
  // What `generate` returns wins over a call's fields, not over the logger's own.
  for (const key in extra) if (extra[key] !== undefined) put(key, extra[key], !isTaken(key))
  return out
}
