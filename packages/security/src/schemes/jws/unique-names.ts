/**
 * Whether no object in a JSON text has two members of one name. `JSON.parse` keeps the last one, and
 * others keep the first, so that two readers of one token could see different claims (RFC 7515,
 * section 4; RFC 7519, section 4).
 *
 * @param text - valid JSON, which `value` was read from
 */
export function hasUniqueNames(text: string, value: object): boolean {
  return namesIn(text) === membersOf(value)
}

/** How many names are in the text: strings that a colon follows. */
function namesIn(text: string): number {
  let names = 0
  for (let start = text.indexOf('"'); start >= 0; ) {
    const end = endOfString(text, start)
    let next = end + 1
    // Space, tab, line feed, carriage return.
    while (text.charCodeAt(next) <= 0x20) next++
    if (text.charCodeAt(next) === 0x3a) names++
    start = text.indexOf('"', next)
  }
  return names
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1
  while (text.charCodeAt(before) === 0x5c) before--
  return (at - before) % 2 === 0
}

/** How many members all objects in a value have. Without recursion: it may be nested deeply. */
function membersOf(value: object): number {
  let members = 0
  const left: object[] = [value]
  for (let next = left.pop(); next; next = left.pop()) {
    const values: readonly unknown[] = Array.isArray(next) ? next : Object.values(next)
    if (values !== next) members += values.length
    for (const each of values) if (typeof each === 'object' && each !== null) left.push(each)
  }
  return members
}
