import { types } from 'node:util'
import type { Check } from '../errors.ts'

/**
 * Checks an option `ignore` that is an array of strings and patterns, and makes a function of it.
 * @param matches - whether a text is one that a string of the array means
 */
export function ignoredStrings(
  check: Check,
  ignore: readonly (string | RegExp)[],
  matches: (text: string, entry: string) => boolean,
): (text: string) => boolean {
  if (!Array.isArray(ignore)) throw check.error('ignore', 'an array', ignore)
  const entries = (ignore as readonly unknown[]).map((entry, index) => {
    if (typeof entry === 'string') return entry
    // A copy without the flags that make a pattern remember where it stopped.
    if (types.isRegExp(entry)) return new RegExp(entry.source, entry.flags.replace(/[gy]/g, ''))
    throw check.error(`ignore[${index}]`, 'a string or a RegExp', entry)
  })
  return (text) =>
    entries.some((entry) => (typeof entry === 'string' ? matches(text, entry) : entry.test(text)))
}
