import type { PathRules } from '../redaction/path-rules.ts'
import type { Redaction } from '../redaction/redaction.ts'
import { redacted } from '../redaction/text-names.ts'
import type { Plain } from './plain-value.ts'
import { isMarked } from './reading.ts'

/**
 * What stands in place of a hidden value; undefined where it is left out. A value that is marked as a
 * secret is shown to nobody.
 */
export function hiddenValue(
  redaction: Redaction,
  plain: (value: unknown, rules: PathRules) => Plain,
  key: string,
  read: () => unknown,
): Plain | undefined {
  if (redaction.removes) return undefined
  if (redaction.censor === undefined) return redacted
  try {
    const value = read()
    if (value === undefined) return undefined
    const isSecret = typeof value === 'object' && value !== null && isMarked(value)
    return isSecret ? redacted : plain(redaction.censor(value, key), [])
  } catch {
    return redacted
  }
}
