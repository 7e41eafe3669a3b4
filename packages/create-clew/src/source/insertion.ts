import MagicString from 'magic-string'
import { type Node, placeOf, type Syntax } from './syntax.ts'

/** Text that is put into a file. Nothing of it is ever removed or replaced. */
export interface Insertion {
  readonly offset: number
  readonly text: string
}

/** The file's new content. What is inserted at the same place stands in the order given. */
export function inserted(syntax: Syntax, insertions: readonly Insertion[]): string {
  const text = new MagicString(syntax.text)
  for (const each of insertions) text.appendLeft(each.offset, each.text)
  return syntax.byteOrderMark + text.toString()
}

/** Lines of their own behind a statement, indented as it is. */
export function linesAfter(syntax: Syntax, node: Node, lines: readonly string[]): Insertion[] {
  if (lines.length === 0) return []
  const { text } = syntax
  const { end } = placeOf(node)
  const isEnded = hasSemicolon(text, node)
  const lineEnd = endOfLine(text, end)
  if (lineEnd === undefined) {
    // Something follows on the same line.
    const own = lines.map((line) => ` ${flat(line)};`).join('')
    const isSeparate = text[end - 1] === ';' || isEndedByItself(node)
    return [{ offset: end, text: `${isSeparate ? '' : ';'}${own}` }]
  }
  const stop = isEnded || isContinuing(text, lineEnd) ? ';' : ''
  const indent = indentOf(text, placeOf(node).start)
  const eol = lineBreakOf(text)
  const own = lines.map((line) => eol + indented(line, indent, eol) + (isComment(line) ? '' : stop))
  return [{ offset: lineEnd, text: own.join('') }]
}

/** Lines of their own in front of a statement and of the comments that belong to it. */
export function linesBefore(
  syntax: Syntax,
  node: Node,
  lines: readonly string[],
  { aboveComments = true }: { readonly aboveComments?: boolean } = {},
): Insertion[] {
  if (lines.length === 0) return []
  const { text } = syntax
  const start = aboveComments ? startWithComments(syntax, node) : placeOf(node).start
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  if (text.slice(lineStart, start).trim() !== '') {
    return [{ offset: start, text: lines.map((line) => `${flat(line)}; `).join('') }]
  }
  const stop = hasSemicolon(text, node) || isContinuing(text, lineStart) ? ';' : ''
  const indent = text.slice(lineStart, start)
  const eol = lineBreakOf(text)
  const own = lines.map((line) => indented(line, indent, eol) + stop + eol)
  return [{ offset: lineStart, text: own.join('') }]
}

/** Puts text in front of an expression and behind it. */
export function wrapped(syntax: Syntax, node: Node, before: string, after: string): Insertion[] {
  const { start, end } = placeOf(node)
  const indent = indentOf(syntax.text, start)
  return [
    { offset: start, text: before },
    { offset: end, text: indented(after, indent, lineBreakOf(syntax.text)).slice(indent.length) },
  ]
}

export function lineBreakOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n'
}

/** Where the line ends, if nothing but blanks and whole comments follows. */
function endOfLine(text: string, from: number): number | undefined {
  const rest = /^(?:[^\S\r\n]|\/\*(?:(?!\*\/)[^\r\n])*\*\/)*(?:\/\/[^\r\n]*)?(?=\r?\n|$)/.exec(
    text.slice(from),
  )
  return rest === null ? undefined : from + rest[0].length
}

/** Whether the next line would go on with an expression that has no semicolon behind it. */
function isContinuing(text: string, from: number): boolean {
  const next = /^(?:\s|\/\/[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*([^\s])/.exec(text.slice(from))?.[1]
  return next !== undefined && '([`+-*/.,?'.includes(next)
}

/** Whether the statement ends with a semicolon; of one that never has one, whether the others do. */
function hasSemicolon(text: string, node: Node): boolean {
  if (isEndedByItself(node)) return /;[^\S\r\n]*$/m.test(text)
  return text[placeOf(node).end - 1] === ';'
}

function isEndedByItself(node: Node): boolean {
  return /^(Function|Class|If|For|While|Try|Block|Switch)/.test(node.type)
}

function startWithComments({ text }: Syntax, node: Node): number {
  let { start } = placeOf(node)
  for (const comment of [...(node.leadingComments ?? [])].reverse()) {
    const { start: from = 0, end = 0 } = comment as { start?: number; end?: number }
    const isAdjacent = /^[^\S\r\n]*\r?\n?[^\S\r\n]*$/.test(text.slice(end, start))
    const isAlone = /(^|\n)[^\S\r\n]*$/.test(text.slice(0, from))
    if (!isAdjacent || !isAlone) break
    start = from
  }
  return start
}

function indentOf(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1
  return /^[^\S\r\n]*/.exec(text.slice(lineStart, offset))?.[0] ?? ''
}

function indented(line: string, indent: string, eol: string): string {
  return line
    .split('\n')
    .map((each) => indent + each)
    .join(eol)
}

const isComment = (line: string): boolean => line.startsWith('//')
const flat = (line: string): string => line.replace(/\n\s*/g, ' ')
