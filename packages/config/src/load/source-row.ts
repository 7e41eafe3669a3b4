import type { Leaf } from '../declaration/leaves.ts'
import { plainValue, redacted } from '../text/credentials.ts'
import { isShown, printed, type Reading } from './reading.ts'
import type { SourceRow } from './record.ts'

/** What is shown of a reading. */
export function rowOf(reading: Reading): SourceRow {
  const { leaf, source, value } = reading
  const { variable, path } = leaf
  const text = value === undefined ? undefined : isShown(reading) ? textOf(leaf, value) : redacted
  return Object.freeze({ variable, path: path.join('.'), source, value: text })
}

/**
 * The output of a foreign schema may contain a credential anywhere, and formatting it may throw.
 */
function textOf(leaf: Leaf, value: unknown): string {
  const { grammar } = leaf.definition
  if ((grammar.type === 'schema' || grammar.type === 'custom') && !grammar.opaque) {
    const text = grammar.type === 'custom' ? grammar.format(value) : undefined
    if (text !== undefined) return printed(leaf, text, plainValue)
    if (typeof value === 'function') return 'a function'
    if (typeof value === 'object' && value !== null)
      return Array.isArray(value) ? 'an array' : 'an object'
  }
  try {
    return printed(leaf, grammar.format(value), plainValue)
  } catch {
    return 'a value that cannot be shown'
  }
}
