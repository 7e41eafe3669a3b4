import { marker } from '../truncation.ts'
import { withoutEncoded } from './encoded-redaction.ts'
import { withoutListed } from './list-redaction.ts'
import { withoutPairs } from './pair-redaction.ts'
import { withoutParts } from './part-redaction.ts'
import { withoutShapes } from './shape-redaction.ts'
import type { TextNames } from './text-names.ts'
import { isUrl, withoutParameters } from './url-redaction.ts'
import { withoutUserinfo } from './userinfo.ts'

// The shortest one: `pw=x`.
const shortest = 4
const maxBeyond = 2048
// Without one of these there is no credential.
const signs = /[=:%[<]|eyJ|--|(?:basic|bearer|passw(?:or)?d) /i

/** Whether a text may hold a credential: for each string of each line, and nearly all hold none. */
export function mayHide(text: string): boolean {
  const { length } = text
  if (length < shortest) return false
  if (length > 32) return signs.test(text)
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x3d || unit === 0x3a || unit === 0x25 || unit === 0x5b || unit === 0x3c)
      return true
    // `Basic …`, `--password …`, `password '…'`: the whole text is looked at, once.
    if (unit === 0x20) return signs.test(text)
  }
  return false
}

/**
 * A text without credentials: the `user:password@` of URLs, what follows the name of a credential in
 * a query, a form, JSON, headers or `a=1; b=2`, also where that is within an encoded part or a JSON
 * string, and what is one by its looks. Reads only the beginning, `maxLength` and a little more: the
 * rest will be cut off. In linear time.
 */
export function redactText(text: string, maxLength: number, names: TextNames): string {
  const seen = text.length > maxLength + maxBeyond ? text.slice(0, maxLength + maxBeyond) : text
  let shown = withoutUserinfo(seen)
  if (isUrl(shown)) shown = withoutParameters(shown, names)
  shown = withoutPairs(withoutListed(withoutParts(shown, names), names), names)
  shown = withoutShapes(withoutEncoded(shown, names), names)
  if (shown === seen) return text
  return seen === text ? shown : shown + marker
}
