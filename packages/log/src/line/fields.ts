import { isError } from '../values/reading.ts'
import { isSecret } from '../values/secret.ts'

/** Named values of a line. Any value is fine under any key. */
export type Fields = Readonly<Record<string, unknown>>

/**
 * Makes the fields of a line. Called once, and only if the line is written: in the call itself, or, where
 * the line waits, when it is released. It then sees what is true by then.
 */
export type LazyFields = () => Fields | undefined

/**
 * Whether it is what most callers pass: `{ a: 1 }`. May throw. `getPrototypeOf` would leave
 * compiled code, which costs 20 ns.
 */
export function isLiteral(fields: unknown): fields is Fields {
  return (
    fields !== null &&
    (fields as object).constructor === Object &&
    (fields as Fields)['toJSON'] === undefined
  )
}

/**
 * Whether the own properties of a value are the fields. Not so for errors, arrays, dates, maps and
 * the like, nor for what says itself what it shows.
 */
export function isFields(fields: unknown): fields is Fields {
  if (typeof fields !== 'object' || fields === null) return false
  try {
    if (isLiteral(fields)) return true
    if (isError(fields) || Array.isArray(fields) || ArrayBuffer.isView(fields)) return false
    if (isSecret(fields) || hasToJSON(fields)) return false
    return Object.keys(fields).length > 0 || Object.getPrototypeOf(fields) === null
  } catch {
    // A proxy that throws. Whoever reads it is prepared.
    return true
  }
}

/**
 * Fields that loggers, scopes and closing lines are given, also by callers without types: an error
 * or a map becomes one of them.
 */
export function toFields(fields: unknown): Fields {
  if (isFields(fields)) return fields
  if (fields === undefined || fields === null) return {}
  if (isError(fields)) return { err: fields }
  try {
    if (isObject(fields) && !isSecret(fields) && hasToJSON(fields)) {
      const json: unknown = fields.toJSON('')
      if (json !== fields && isFields(json)) return json
    }
  } catch {
    // Whoever encodes it says what is wrong with it.
  }
  return { value: fields }
}

const isObject = (fields: unknown): fields is object =>
  typeof fields === 'object' && fields !== null && !ArrayBuffer.isView(fields)

function hasToJSON(fields: object): fields is { toJSON(key: string): unknown } {
  return typeof (fields as { readonly toJSON?: unknown }).toJSON === 'function'
}

/** Sets a field. Plain assignment of `__proto__` would set the prototype. */
export function setField(fields: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(fields, name, { value, enumerable: true })
  else fields[name] = value
}
