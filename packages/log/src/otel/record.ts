import { isLong, missing, msgKey } from '../formats/bounded.ts'
import type { Encoding } from '../formats/encoding.ts'
import { fieldsOf, messageOf } from '../formats/entries.ts'
import { fit } from '../formats/fitting.ts'
import {
  debugSeverity,
  errorSeverity,
  fatalSeverity,
  infoSeverity,
  levelOf,
  warnSeverity,
} from '../level.ts'
import type { Entry } from '../line/entry.ts'
import { cut, cutStack, marker } from '../truncation.ts'
import { type ErrorTree, isErrorTree } from '../values/error-tree.ts'
import type { Plain } from '../values/plain-value.ts'
import { contextWith, type OtelContext } from './api.ts'

/** A log record as the logs API takes it. */
export interface OtelRecord {
  readonly timestamp: readonly [seconds: number, nanos: number]
  readonly severityNumber: number
  readonly severityText: string
  readonly body: string
  readonly attributes: Readonly<Record<string, Plain>>
  readonly context: OtelContext
}

// https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
const severityNumbers: Readonly<Record<number, number>> = {
  [debugSeverity]: 5,
  [infoSeverity]: 9,
  [warnSeverity]: 13,
  [errorSeverity]: 17,
  [fatalSeverity]: 21,
}

/** Makes records of lines. Attributes have the names of `encoding`, and hide what it hides. */
export function createRecord(encoding: Encoding): (entry: Entry) => OtelRecord {
  const errName = encoding.keys.nameOf('err')
  const spanNames = ['trace_id', 'span_id'].map((name) => encoding.keys.nameOf(name))

  return (entry) => {
    const fields = fieldsOf(entry, encoding)
    // They are in the context of the record.
    if (entry.span !== undefined) for (const name of spanNames) fields.delete(name)
    const all: Record<string, Plain> = {}
    for (const [name, value] of fields) {
      if (name === errName && entry.err !== undefined) {
        Object.assign(all, exceptionOf(value, encoding.maxValueBytes))
      } else if (name === '__proto__') {
        // An SDK copies attributes by assignment, which would set the prototype.
        all['field.__proto__'] = value
      } else all[name] = value
    }
    // As a pair: an SDK takes a number before the start of the process for one of
    // performance.now().
    const { body, attributes } = bounded(messageOf(entry, encoding), all, encoding)
    const seconds = Math.floor(entry.time / 1000)
    return {
      timestamp: [seconds, Math.round((entry.time - seconds * 1000) * 1e6)],
      severityNumber: severityNumbers[entry.severity] ?? 0,
      severityText: levelOf(entry.severity),
      body,
      attributes,
      context: contextWith(entry.span),
    }
  }
}

/** A record has no more bytes than a line. */
function bounded(body: string, attributes: Record<string, Plain>, encoding: Encoding) {
  const { maxLineBytes, counts } = encoding
  const line = JSON.stringify([body, attributes])
  if (!isLong(line, encoding)) return { body, attributes }
  counts.truncated++
  const all = new Map<string, Plain>([[msgKey, body], ...Object.entries(attributes)])
  const { values, cut: names } = fit(all, maxLineBytes - 512)
  const shown = new Map(values)
  shown.delete(msgKey)
  shown.set(marker.trim(), missing(Buffer.byteLength(line), names))
  return { body: String(values.get(msgKey) ?? ''), attributes: Object.fromEntries(shown) }
}

/** By the semantic conventions for exceptions. Causes and members are in the stack trace. */
function exceptionOf(value: Plain, maxBytes: number): Record<string, Plain> {
  if (!isErrorTree(value)) {
    return { 'exception.message': typeof value === 'string' ? value : JSON.stringify(value) }
  }
  const { type, message, stack: _stack, cause: _cause, errors, ...rest } = value
  const out: Record<string, Plain> = {
    'exception.type': type,
    'exception.message': message,
    'exception.stacktrace': stackTraceOf(value, maxBytes),
  }
  for (const key in rest) out[`exception.${key}`] = rest[key] ?? null
  // A list of them is in the stack trace.
  if (errors !== undefined && !Array.isArray(errors)) out['exception.errors'] = errors
  return out
}

/** The stack with those of causes and members, all of which are shown: long ones are shortened. */
function stackTraceOf(error: ErrorTree, maxBytes: number): string {
  const stacks = stacksOf(error, '')
  const whole = stacks.join('\n')
  if (Buffer.byteLength(whole) <= maxBytes) return whole
  const share = Math.floor(maxBytes / stacks.length)
  return cut(stacks.map((stack) => cutStack(stack, share)).join('\n'), maxBytes)
}

function stacksOf(value: Plain, label: string): readonly string[] {
  if (!isErrorTree(value)) return [label + JSON.stringify(value)]
  const { stack, cause, errors } = value
  const members = Array.isArray(errors) ? (errors as readonly Plain[]) : []
  return [
    label + stack,
    ...(cause === undefined ? [] : stacksOf(cause, 'Caused by: ')),
    ...members.flatMap((member, index) => stacksOf(member, `Member ${index + 1}: `)),
  ]
}
