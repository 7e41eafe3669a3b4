import { levelOf } from '../level.ts'
import type { Entry } from '../line/entry.ts'
import { isErrorTree } from '../values/error-tree.ts'
import type { Plain } from '../values/plain-value.ts'
import { createBounded } from './bounded.ts'
import type { Encoding } from './encoding.ts'
import { isoTime, stringify } from './text.ts'

const bare = /^[^\s\u0000-\u0020="\\\u007f-\u009f\ud800-\udfff]+$/
// Includes what turns the direction of text, which makes a name look like another.
const badInKey = /[\s\u0000-\u0020="\\\u007f-\u009f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/g

/** A value in logfmt: bare where that is unambiguous, otherwise a JSON string. */
export function logfmtValue(value: Plain): string {
  if (typeof value === 'string') return bare.test(value) ? value : stringify(value)
  if (value === null || typeof value !== 'object') return String(value)
  return stringify(stringify(value))
}

export function logfmtKey(name: string): string {
  return name === '' ? '_' : name.replace(badInKey, '_')
}

/**
 * `time=… level=info msg="two words" k=v`. An error's type, stack and cause follow as `err.type`,
 * `err.stack` …
 */
export function createLogfmt(encoding: Encoding): (entry: Entry) => string {
  const { keys } = encoding
  return createBounded(encoding, (entry, msg, fields) => {
    const seen = new Set<string>()
    let line = ''
    const put = (name: string, value: Plain) => {
      let key = logfmtKey(name)
      // Two names can become one when their bad characters are replaced.
      while (seen.has(key)) key += '_'
      seen.add(key)
      line += `${line === '' ? '' : ' '}${key}=${logfmtValue(value)}`
    }
    put(keys.nameOf('time'), isoTime(entry.time))
    put(keys.nameOf('level'), levelOf(entry.severity))
    put(keys.nameOf('msg'), msg)
    for (const [name, value] of fields) {
      if (isErrorTree(value)) {
        const { message, ...rest } = value
        put(name, message ?? '')
        for (const part in rest) put(`${name}.${part}`, rest[part] ?? null)
      } else put(name, value)
    }
    return `${line}\n`
  })
}
