import { levels } from '../level.ts'
import type { Context } from '../line/context.ts'
import type { Entry, LineScope } from '../line/entry.ts'
import type { Fields } from '../line/fields.ts'
import { Snapshot } from '../line/snapshot.ts'
import type { PathRules } from '../redaction/path-rules.ts'
import { cut } from '../truncation.ts'
import { createBounded, isLong, type Render } from './bounded.ts'
import type { Encoding } from './encoding.ts'
import { createGeneratedJson } from './generated.ts'
import { namedError } from './presets.ts'
import { isoTime, quoted, stringify } from './text.ts'

/**
 * One JSON object a line: time, level, msg, then context, err, the call's fields, generated ones.
 */
export function createJson(encoding: Encoding): (entry: Entry) => string {
  const { keys, plain, redaction, maxValueBytes, maxFields, preset } = encoding
  const known = keys.known
  const opening = `{${quoted(keys.nameOf('time'))}:"`
  const afterTime: Readonly<Record<number, string>> = Object.fromEntries(
    levels.map((level, index) => [
      (index + 1) * 10,
      `",${quoted(keys.nameOf('level'))}:"${preset.words[level]}",${quoted(keys.nameOf('msg'))}:`,
    ]),
  )
  const errKey = keys.of('err').json
  const errName = keys.nameOf('err')
  /** Whether the preset may have something to change in it. */
  const isShaped = ({ err, fields }: Entry) =>
    preset.shape !== undefined && (err !== undefined || (fields !== undefined && hasTime(fields)))
  const shortEnough = Math.floor(maxValueBytes / 3)

  const text = (value: string) =>
    quoted(value.length > shortEnough ? cut(value, maxValueBytes) : value)

  const header = (entry: Entry, msg: string) =>
    opening + isoTime(entry.time) + (afterTime[entry.severity] ?? '') + text(msg)

  function encoded(value: unknown): string {
    if (typeof value === 'string') return text(redaction.text(value, maxValueBytes))
    // Infinity and NaN are not JSON; x - x is 0 for all other numbers.
    if (typeof value === 'number') return value - value === 0 ? `${value}` : `"${value}"`
    if (typeof value === 'boolean') return value ? 'true' : 'false'
    if (value === null) return 'null'
    return stringify(
      typeof value === 'object' ? (Snapshot.treeOf(value) ?? plain(value)) : plain(value),
    )
  }

  const generatedJson = createGeneratedJson(encoding, encoded)
  const errRules = redaction.field('err')
  const hidesErr = errRules === 'hide' || redaction.hidesField('err')

  function encodedError(err: unknown): string {
    const tree = typeof err === 'object' && err !== null ? Snapshot.treeOf(err) : undefined
    return stringify(namedError(tree ?? plain(err, errRules as PathRules), preset))
  }

  /** The fields of a call; undefined when one of them needs care. */
  function callJson({ fields, context, scope }: Entry): string | undefined {
    if (fields === undefined) return ''
    try {
      return fast(fields, context.fields, scope)
    } catch {
      // A getter or a proxy that throws.
      return undefined
    }
  }

  /** The fields one after the other, or undefined when one of them needs care. */
  function fast(
    fields: Fields,
    context: Fields | undefined,
    scope: LineScope | undefined,
  ): string | undefined {
    let out = ''
    let count = 0
    for (const name in fields) {
      const key = known.get(name) ?? keys.of(name)
      if (key.special || ++count > maxFields) return undefined
      // A name is there once: what context and call both have needs care.
      if (key.bound && ((context && Object.hasOwn(context, name)) || scope?.has(name))) {
        return undefined
      }
      const value = fields[name]
      if (value !== undefined) out += key.json + encoded(value)
    }
    return out
  }

  function bind(fields: Fields): void {
    for (const name in fields) keys.of(name).bound = true
  }

  /** The encoded fields of logger and scope, or `careful`. */
  function shared(context: Context, scope: LineScope | undefined): string {
    if (scope !== undefined) {
      if (scope.encodedFor !== context) {
        scope.encoded = scopeJson(context, scope)
        scope.encodedFor = context
      }
      return scope.encoded
    }
    if (context.json === undefined) {
      bind(context.fields)
      context.json = fast(context.fields, undefined, undefined) ?? careful
    }
    return context.json
  }

  function scopeJson(context: Context, scope: LineScope): string {
    const outer = shared(context, scope.outer)
    if (outer === careful) return careful
    bind(scope.fields)
    const inner = fast(scope.fields, context.fields, scope.outer)
    return inner === undefined ? careful : outer + inner
  }

  const render: Render = (entry, msg, given) => {
    let line = header(entry, msg)
    let fields = given
    if (preset.shape !== undefined) {
      const shaped = new Map(given)
      preset.shape(shaped)
      fields = shaped
    }
    for (const [name, value] of fields) {
      line += `,${quoted(name)}:${stringify(name === errName ? namedError(value, preset) : value)}`
    }
    return `${line}}\n`
  }

  /** The line as most are; undefined where something in it needs care. */
  function fastLine(entry: Entry): string | undefined {
    const { context, scope } = entry
    const needsCare = hidesErr && entry.err !== undefined
    if (entry.generated !== undefined || needsCare || isShaped(entry)) return undefined
    const before = shared(context, scope)
    const call = callJson(entry)
    const generated = generatedJson(entry)
    if (before === careful || call === undefined || generated === undefined) return undefined
    let line = header(entry, redaction.text(entry.msg, maxValueBytes)) + before
    if (entry.err !== undefined) line += errKey + encodedError(entry.err)
    return `${line}${call}${generated}}\n`
  }

  const slow = createBounded(encoding, render)
  return (entry) => {
    if (entry.lazy !== undefined) entry.resolve()
    const fast = fastLine(entry)
    if (fast !== undefined && !isLong(fast, encoding)) return fast
    return slow(entry)
  }
}

/** Whether the fields of a call have a duration; also where they cannot be asked. */
function hasTime(fields: Fields): boolean {
  try {
    return 'http.time_ms' in fields || 'grpc.time_ms' in fields
  } catch {
    return true
  }
}

const careful = '\u0000'
