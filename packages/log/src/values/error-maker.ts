import { redacted } from '../redaction/text-names.ts'
import { cut } from '../truncation.ts'
import type { Plain } from './plain-value.ts'
import { messageText, typeOf } from './reading.ts'

type Tree = Record<string, Plain>

/** How the parts of an error are made plain. */
export interface ErrorParts {
  /** Sets a member of `out` to what `read` returns, made plain, unless that is undefined. */
  assign(out: Tree, key: string, read: () => unknown): void
  /** The own members of a value, without those named by `skip`. */
  keysOf(value: object, skip: ReadonlySet<string>): Tree
  /** Whether the message is hidden. */
  readonly hidesMessage: boolean
  /** Runs `read` with at least and at most so many bytes, whatever is left. */
  within<T>(least: number, most: number, read: () => T): T
}

const standard: ReadonlySet<string> = new Set([
  'name',
  'type',
  'message',
  'stack',
  'cause',
  'errors',
])

/**
 * An error with its cause and members. Each part has a share of what a value may take, even when
 * nothing is left: the cause matters most, and comes after a long message; a code comes after a large
 * response attached to the error. The stack is returned beside it, to be set to what is left over;
 * undefined where it is hidden or cannot be read.
 */
export function errorTreeOf(
  error: Error,
  maxValueBytes: number,
  { assign, keysOf, hidesMessage, within }: ErrorParts,
): { readonly tree: Tree; readonly stack: string | undefined } {
  const half = Math.floor(maxValueBytes / 2)
  const least = Math.floor(maxValueBytes / 8)
  const short = Math.floor(maxValueBytes / 16)
  const source = error as Error & { readonly type?: unknown; readonly errors?: unknown }
  const head: Tree = {}
  let stack: string | undefined
  within(short, half, () => assign(head, 'type', () => typeOf(source)))
  within(short, half, () => assign(head, 'message', () => String(source.message)))
  // Where the message is hidden, the stack must not show it.
  const isShown = !hidesMessage
  assign(head, 'stack', () => {
    stack = isShown ? stackOf(source, head, short) : framesOf(source, head)
    return ''
  })
  const tail: Tree = {}
  within(least, maxValueBytes, () => {
    assign(tail, 'cause', () => source.cause)
    assign(tail, 'errors', () => (Array.isArray(source.errors) ? source.errors : undefined))
  })
  const rest = within(least, maxValueBytes, () => {
    const members = keysOf(error, standard)
    // Members of the same names: `entity.too.large` of http-errors, Mongoose's errors by field.
    assign(members, 'field.type', () => (head['type'] === source.type ? undefined : source.type))
    if (!('errors' in tail)) assign(members, 'errors', () => source.errors)
    return members
  })
  return { tree: { ...head, ...rest, ...tail }, stack }
}

/**
 * The stack, with the message in it cut short where `message` shows it; without a stack, what V8 makes
 * of an error without frames.
 */
function stackOf(error: Error, { type, message }: Tree, short: number): string {
  const { stack } = error as { readonly stack?: unknown }
  if (stack === undefined || stack === null || stack === '') return `${type}: ${message}`
  const text = String(stack)
  const whole = messageText(error)
  const isSame = message === whole && whole.length <= short
  if (typeof message !== 'string' || whole === '' || isSame) return text
  return text.replace(whole, () => cut(message, short))
}

/** The frames of a stack, without what stands before them: the message as it once was. */
function framesOf(error: Error, { type, message }: Tree): string {
  const text = String((error as { readonly stack?: unknown }).stack ?? '')
  const whole = messageText(error)
  const rows = (whole === '' ? text : text.replaceAll(whole, () => '')).split('\n')
  const frames = rows.filter((row) => frame.test(row))
  return [`${type}: ${String(message ?? redacted)}`, ...frames].join('\n')
}

const frame = /^\s+at (?:.*:\d+:\d+\)?|.*<anonymous>\)?|.*\(native\))$/
