/** What is hidden of a text. */
export interface Value {
  readonly start: number
  readonly end: number
}

/** Where a word ends: at a space, or one of `ends`. */
export function wordEnd(text: string, start: number, ends: string): number {
  for (let at = start; at < text.length; at++) {
    if (text.charCodeAt(at) <= 0x20 || ends.includes(text[at] ?? '')) return at
    if (text[at] === '\\' && text[at + 1] === '"') return at
  }
  return text.length
}

/**
 * Where a line ends, or one of `ends` stands. A backslash among them: also where a line break is
 * written as `\n`, or a string of JSON within another one ends.
 */
export function lineEnd(text: string, start: number, ends: string): number {
  const isEscaped = ends.includes('\\')
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character === '\n' || character === '\r') return at
    if (character === '\\') {
      if (isEscaped && isEscapedEnd(text, at)) return at
    } else if (ends.includes(character)) return at
  }
  return text.length
}

/** Whether nothing follows on the line. */
export function isLineEnd(text: string, at: number): boolean {
  return at === text.length || '\n\r"`'.includes(text[at] ?? '') || isEscapedEnd(text, at)
}

/** A line break that is written as `\n`, or the end of a string of JSON within another one. */
function isEscapedEnd(text: string, at: number): boolean {
  return text[at] === '\\' && 'nr"'.includes(text[at + 1] ?? ' ')
}

/**
 * Where a string ends that begins at the quote at `start`, behind so many backslashes: each level of
 * JSON within JSON doubles them and adds one. The end of the text where it is cut off.
 */
export function quotedEnd(text: string, start: number, level: number): number {
  const quote = text[start] ?? '"'
  let from = start + 1
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, from)) {
    let first = at
    while (first > from && text[first - 1] === '\\') first--
    const count = at - first
    const isEnd = count < level || count % (2 * (level + 1)) === level
    if (isEnd) return at - Math.min(count, level)
    from = at + 1
  }
  return text.length
}

/**
 * Where an object or a list ends that begins at `start`. The end of the text where that is not plain:
 * it is cut off, or within a string.
 */
export function structureEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') {
      depth--
      if (depth === 0) return at + 1
    } else if (character === '\\') return text.length
    else if (character === '"' || character === "'" || character === '`') {
      at = quotedEnd(text, at, 0)
    }
  }
  return text.length
}
