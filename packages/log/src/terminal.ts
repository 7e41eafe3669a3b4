import { isatty } from 'node:tty'
import { type Encoding, fieldsOf } from './entries.ts'
import { type ErrorTree, isErrorTree } from './error-tree.ts'
import { stringify } from './json.ts'
import { levelOf } from './level.ts'
import type { Entry } from './line.ts'
import { logfmtKey } from './logfmt.ts'
import type { Plain } from './plain.ts'
import { cut } from './text.ts'

/** Whether a person reads: stdout is a terminal. */
export function isTerminal(): boolean {
  return isatty(1)
}

/** Whether to colour: FORCE_COLOR and NO_COLOR decide (https://no-color.org), otherwise whether `fd` is a terminal. */
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

// What could move a cursor, clear a screen or fake a line, and halves of a character; a tab is harmless.
const unprintable =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\p{Cs}]/gu
const printable = (text: string) =>
  text.replace(unprintable, (unit) =>
    unit === '\n' ? '\\n' : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

// What needs no quotes: nothing that could end it, or start a quoted text or JSON.
const plainWord = /^[^\s"=\\{[][^\s"=\\]*$/

/** For people: `12:30:01.123 INFO order created          order_id=o-17`, an error's stack and causes indented below. */
export function createTerminal(encoding: Encoding, color: boolean): (entry: Entry) => string {
  const paint = (code: string, text: string) => (color ? `${code}${text}\u001b[0m` : text)
  const dim = (text: string) => paint('\u001b[2m', text)

  const shown = (value: Plain): string => {
    if (typeof value === 'string') {
      return plainWord.test(printable(value))
        ? value
        : `"${printable(value.replace(/["\\]/g, '\\$&'))}"`
    }
    return typeof value === 'object' && value !== null ? printable(stringify(value)) : String(value)
  }

  const below = (error: ErrorTree, indent: string, label: string): string => {
    const { type, message, stack, cause, errors, ...rest } = error
    const [first = '', ...frames] = stack.split('\n')
    const title = first.includes(message) ? first : `${type}: ${message}`
    const head = frames.every((frame) => /^\s+at /.test(frame))
      ? [title, ...frames]
      : [title, ...frames.filter((frame) => frame.trim() !== '')]
    let out = ''
    head.forEach((row, index) => {
      const text = printable(row.trim())
      out += `${indent}${index === 0 ? paint(codes['error'] ?? '', label + text) : `  ${dim(text)}`}\n`
    })
    for (const key in rest)
      out += `${indent}  ${dim(`${logfmtKey(key)}=`)}${shown(rest[key] ?? null)}\n`
    if (cause !== undefined) {
      out += isErrorTree(cause)
        ? below(cause, `${indent}  `, 'cause: ')
        : `${indent}  cause: ${shown(cause)}\n`
    }
    for (const member of Array.isArray(errors) ? (errors as readonly Plain[]) : []) {
      out += isErrorTree(member)
        ? below(member, `${indent}  `, '- ')
        : `${indent}  - ${shown(member)}\n`
    }
    return out
  }

  return (entry) => {
    const level = levelOf(entry.severity)
    const code = codes[level] ?? ''
    const time = new Date(entry.time)
    const clock = `${[time.getHours(), time.getMinutes(), time.getSeconds()]
      .map((part) => String(part).padStart(2, '0'))
      .join(':')}.${String(time.getMilliseconds()).padStart(3, '0')}`
    const message = printable(cut(entry.msg, encoding.maxValueBytes))
    let line = `${dim(clock)} ${paint(code, names[level] ?? level)} ${message}`
    let after = ''
    let pairs = ''
    for (const [name, value] of fieldsOf(entry, encoding)) {
      if (isErrorTree(value))
        after += below(value, '    ', name === 'err' ? '' : `${logfmtKey(name)}: `)
      else pairs += `  ${paint(code, logfmtKey(name))}=${shown(value)}`
    }
    if (pairs !== '') line += ' '.repeat(Math.max(0, 32 - message.length)) + pairs
    return `${line}\n${after}`
  }
}
