import { types } from 'node:util'
import type { OptionCheck } from './check.ts'

/**
 * Checks an option `ignore` that lists strings and patterns. The patterns of the result are copies
 * without the flags that make a pattern remember where it stopped.
 * @param expected - what the option must be, for the error
 */
export function copiedPatterns(
  check: OptionCheck<string>,
  expected: string,
  ignore: unknown,
): readonly (string | RegExp)[] {
  if (!Array.isArray(ignore)) throw check.error('ignore', expected, ignore)
  return ignore.map((entry: unknown, index) => {
    if (typeof entry === 'string') return entry
    if (types.isRegExp(entry)) return new RegExp(entry.source, entry.flags.replace(/[gy]/g, ''))
    throw check.error(`ignore[${index}]`, 'a string or a RegExp', entry)
  })
}
