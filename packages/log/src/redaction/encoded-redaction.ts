import { withoutPairs } from './pair-redaction.ts'
import { withoutShapes } from './shape-redaction.ts'
import { decoded, redacted, type TextNames } from './text-names.ts'
import { withoutUserinfo } from './userinfo.ts'

// `=` or `:` behind a name, encoded once or several times.
const encodedSign = /%(?:25){0,8}3[ad]/gi
// What surrounds a part that is encoded as a whole.
const around = ' \t\r\n"\'`<>&?#=;,()'
const unsafe = /[^\w.~!*()%-]/gu
// Left out: what `decoded` leaves as it is.
const percent = /%(?![89a-f][\da-f])/gi
const maxDepth = 5

/**
 * A text without the credentials in parts of it that are percent-encoded: `?next=%2Fcb%3Ftoken%3D…`.
 * Parts of parts too, a few levels deep; what is deeper is hidden as a whole.
 */
export function withoutEncoded(text: string, names: TextNames, depth = 0): string {
  let out = ''
  let from = 0
  for (let match = nextSign(text, 0); match !== -1; match = nextSign(text, from)) {
    let start = match
    while (start > from && !around.includes(text[start - 1] ?? '')) start--
    let end = match
    while (end < text.length && !around.includes(text[end] ?? '')) end++
    out += text.slice(from, start) + partOf(text.slice(start, end), names, depth)
    from = end
  }
  return from === 0 ? text : out + text.slice(from)
}

function nextSign(text: string, from: number): number {
  encodedSign.lastIndex = from
  return encodedSign.exec(text)?.index ?? -1
}

function partOf(part: string, names: TextNames, depth: number): string {
  if (depth === maxDepth) return redacted
  const text = decoded(part)
  const pairs = withoutPairs(withoutUserinfo(text), names)
  const clean = withoutShapes(withoutEncoded(pairs, names, depth + 1), names)
  if (clean === text) return part
  return clean
    .replace(percent, '%25')
    .replace(unsafe, (character) =>
      /\p{Cs}/u.test(character) ? '' : encodeURIComponent(character),
    )
    .replaceAll('%5Bredacted%5D', redacted)
}
