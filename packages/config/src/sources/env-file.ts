import { type Template, unescaped } from './references.ts'

/** One variable of a `.env` file. */
export interface EnvFileValue {
  readonly value: string
  readonly line: number
  /** The raw text, if it contains a `$` that may be expanded. */
  readonly template?: Template
}

/** The content of a `.env` file: its variables with their line numbers, and the invalid lines. */
export interface EnvFile {
  readonly values: ReadonlyMap<string, EnvFileValue>
  readonly problems: readonly { readonly line: number; readonly problem: string }[]
}

/** A file that was read. */
export interface NamedFile extends EnvFile {
  readonly name: string
}

const maxProblems = 20

/**
 * Parses a `.env` file: `NAME=value`, `export NAME=value`, `# comment`, and values in `'…'`, `"…"`
 * or `` `…` ``, which may span several lines. Only `"…"` has escapes (`\n \r \t \" \\`). Without
 * quotes, ` #` starts a comment. Nothing is expanded here: `$HOME` is five characters. Problems give
 * the line number and never quote the line.
 */
export function parseEnvFile(text: string): EnvFile {
  const values = new Map<string, EnvFileValue>()
  const problems: { line: number; problem: string }[] = []
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)
  let next = 0
  while (next < lines.length && problems.length < maxProblems) {
    const line = next + 1
    const content = lines[next++] ?? ''
    if (/^[ \t]*(?:#|$)/.test(content)) continue
    // No regular expressions: they would take hours for a line of a megabyte of spaces.
    const equals = content.indexOf('=')
    if (equals < 0) {
      problems.push({ line, problem: 'has no =' })
      continue
    }
    const name = content
      .slice(0, equals)
      .trim()
      .replace(/^export[ \t]+/, '')
    const rest = content.slice(equals + 1).trimStart()
    const quote = /^["'`]/.exec(rest)?.[0]
    const parsed = quote === undefined ? unquoted(rest) : quoted(rest, quote, lines, next)
    if (parsed === undefined) {
      problems.push({ line, problem: `has an unclosed ${quote}` })
      break
    }
    next += parsed.lines
    if (parsed.trailing)
      problems.push({ line: line + parsed.lines, problem: 'has text after the closing quote' })
    else if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      problems.push({ line, problem: 'has no valid name before the =' })
    else {
      const first = values.get(name)
      if (first)
        problems.push({ line, problem: `sets ${name} again (first on line ${first.line})` })
      else values.set(name, entryOf(parsed, line, quote))
    }
  }
  return { values, problems }
}

interface ParsedValue {
  readonly value: string
  /** With its escapes. */
  readonly raw: string
  /** How many further lines belong to the value. */
  readonly lines: number
  readonly trailing: boolean
}

/** In `'…'` and `` `…` ``, a dollar sign has no meaning. */
function entryOf({ value, raw }: ParsedValue, line: number, quote: string | undefined) {
  const expands = (quote === undefined || quote === '"') && raw.includes('$')
  return expands ? { value, line, template: { text: raw, quoted: quote === '"' } } : { value, line }
}

function unquoted(rest: string): ParsedValue {
  const comment = /(?:^|[ \t])#/.exec(rest)
  const value = (comment ? rest.slice(0, comment.index) : rest).trimEnd()
  return { value, raw: value, lines: 0, trailing: false }
}

function quoted(
  first: string,
  quote: string,
  lines: readonly string[],
  next: number,
): ParsedValue | undefined {
  const parts: string[] = []
  let content = first.slice(1)
  for (let used = 0; ; used++) {
    const end = endOf(content, quote)
    if (end >= 0) {
      parts.push(content.slice(0, end))
      const trailing = !/^[ \t]*(?:#.*)?$/.test(content.slice(end + 1))
      const raw = parts.join('\n')
      return { value: quote === '"' ? unescaped(raw) : raw, raw, lines: used, trailing }
    }
    if (next + used >= lines.length) return undefined
    parts.push(content)
    content = lines[next + used] ?? ''
  }
}

function endOf(content: string, quote: string): number {
  for (let index = 0; index < content.length; index++) {
    if (quote === '"' && content[index] === '\\') index++
    else if (content[index] === quote) return index
  }
  return -1
}
