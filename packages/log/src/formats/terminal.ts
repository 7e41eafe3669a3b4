import { isatty } from 'node:tty'
import { levelOf } from '../level.ts'
import type { Entry } from '../line/entry.ts'
import { setField } from '../line/fields.ts'
import { type ErrorTree, isErrorTree } from '../values/error-tree.ts'
import type { Plain } from '../values/plain-value.ts'
import { createBounded } from './bounded.ts'
import type { Encoding } from './encoding.ts'
import { logfmtKey } from './logfmt.ts'
import { stringify } from './text.ts'

/** Whether a person reads: stdout is a terminal. */
export function isTerminal(): boolean {
  return isatty(1)
}

/**
 * Whether to colour: FORCE_COLOR and NO_COLOR decide (https://no-color.org), otherwise whether `fd`
 * is a terminal.
 */
export function wantsColor(fd: number | undefined, env: NodeJS.ProcessEnv = process.env): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no } = env
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  if (no !== undefined && no !== '') return false
  return fd !== undefined && isatty(fd) && env['TERM'] !== 'dumb'
}

const codes: Readonly<Record<string, string>> = {
  debug: '\u001b[37m',
  info: '\u001b[34m',
  warn: '\u001b[33m',
  error: '\u001b[1;31m',
  fatal: '\u001b[1;37;41m',
}
const names: Readonly<Record<string, string>> = {
  debug: 'DEBG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERRO',
  fatal: 'FATL',
}

// What could move a cursor, clear a screen or fake a line, and lone surrogates; a tab is harmless.
const unprintable =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\p{Cs}]/gu
const printable = (text: string) =>
  text.replace(unprintable, (unit) =>
    unit === '\n' ? '\\n' : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

// What needs no quotes: nothing that could end it, or start a quoted string or JSON.
const plainWord = /^[^\s"=\\{[][^\s"=\\]*$/

// East Asian characters and emoji take two columns, marks none.
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const mark = /\p{Mn}|[\u200b-\u200d]|\ufe0f/u

function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += wide.test(character) ? 2 : mark.test(character) ? 0 : 1
  return width
}

/** An error in two parts: what it says, and where it comes from. */
function partsOf({ type, message, stack }: ErrorTree): {
  readonly title: readonly string[]
  readonly frames: readonly string[]
} {
  const title = rowsOf(message === '' ? type : `${type}: ${message}`)
  const known = new Set([...title, ...rowsOf(message)])
  // A stack begins with the same, sometimes with a code in brackets, or cut.
  const frames = rowsOf(stack).filter((row) => !known.has(row) && !row.startsWith(type))
  return { title, frames }
}

function rowsOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((row) => row.trim())
    .filter((row) => row !== '')
}

interface Nested {
  readonly path: string
  readonly error: ErrorTree
}

/** The value with a word in place of each error in it; the errors go to `found`. */
function withoutErrors(value: Plain, path: string, found: Nested[]): Plain {
  if (typeof value !== 'object' || value === null) return value
  if (isErrorTree(value)) {
    found.push({ path, error: value })
    return `[${value.type}]`
  }
  if (Array.isArray(value)) {
    return (value as readonly Plain[]).map((item, i) => withoutErrors(item, `${path}.${i}`, found))
  }
  const out: Record<string, Plain> = {}
  for (const [key, part] of Object.entries(value)) {
    setField(out, key, withoutErrors(part, `${path}.${key}`, found))
  }
  return out
}

/**
 * For people: `12:30:01.123 INFO order created          order_id=o-17`, with an error's stack and
 * causes indented below.
 */
export function createTerminal(encoding: Encoding, color: boolean): (entry: Entry) => string {
  const paint = (code: string, text: string) => (color ? `${code}${text}\u001b[0m` : text)
  const dim = (text: string) => paint('\u001b[2m', text)
  const errName = encoding.keys.nameOf('err')

  const shown = (value: Plain): string => {
    if (typeof value === 'string') {
      return plainWord.test(printable(value))
        ? value
        : `"${printable(value.replace(/["\\]/g, '\\$&'))}"`
    }
    return typeof value === 'object' && value !== null ? printable(stringify(value)) : String(value)
  }

  /** Rows below a line: the error's message unless the line has it, the stack, members, causes. */
  const below = (error: ErrorTree, indent: string, label: string, isShown = false): string => {
    const { type, message, stack, cause, errors, ...rest } = error
    const { title, frames } = partsOf(error)
    let out = ''
    title.forEach((row, index) => {
      if (index === 0 && isShown) return
      const text = printable(index === 0 ? label + row : `  ${row}`)
      out += `${indent}${paint(codes['error'] ?? '', text)}\n`
    })
    for (const row of frames) out += `${indent}  ${dim(printable(row))}\n`
    for (const key in rest) out += member(rest[key] ?? null, `${indent}  `, logfmtKey(key))
    if (cause !== undefined) out += member(cause, `${indent}  `, 'cause')
    if (Array.isArray(errors)) {
      for (const one of errors as readonly Plain[]) {
        out += isErrorTree(one) ? below(one, `${indent}  `, '- ') : `${indent}  - ${shown(one)}\n`
      }
    } else if (errors !== undefined) out += member(errors, `${indent}  `, 'errors')
    return out
  }

  const member = (value: Plain, indent: string, name: string): string => {
    if (isErrorTree(value)) return below(value, indent, `${name}: `)
    const nested: Nested[] = []
    const pair = `${dim(`${name}=`)}${shown(withoutErrors(value, name, nested))}\n`
    return (
      indent + pair + nested.map(({ path, error }) => below(error, indent, `${path}: `)).join('')
    )
  }

  return createBounded(encoding, (entry, msg, fields) => {
    const level = levelOf(entry.severity)
    const code = codes[level] ?? ''
    const time = new Date(entry.time)
    const clock = `${[time.getHours(), time.getMinutes(), time.getSeconds()]
      .map((part) => String(part).padStart(2, '0'))
      .join(':')}.${String(time.getMilliseconds()).padStart(3, '0')}`
    let message = printable(msg)
    let after = ''
    let pairs = ''
    for (const [name, value] of fields) {
      if (isErrorTree(value)) {
        // An error logged alone is the message of the line: shown once, with its type.
        const title = value.message === '' ? value.type : value.message
        const isShown = name === errName && title === msg
        if (isShown) message = printable(partsOf(value).title[0] ?? '')
        after += below(value, '    ', name === errName ? '' : `${logfmtKey(name)}: `, isShown)
        continue
      }
      const nested: Nested[] = []
      const rest = withoutErrors(value, name, nested)
      pairs += `  ${paint(code, logfmtKey(name))}=${shown(rest)}`
      for (const { path, error } of nested) after += below(error, '    ', `${logfmtKey(path)}: `)
    }
    let line = `${dim(clock)} ${paint(code, names[level] ?? level)} ${message}`
    if (pairs !== '') line += ' '.repeat(Math.max(0, 32 - widthOf(message))) + pairs
    return `${line}\n${after}`
  })
}
