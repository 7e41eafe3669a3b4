import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { UsageError } from './usage-error.ts'

/** A document as it should stand in a file. */
export interface DocumentFile {
  readonly file: string
  readonly text: string
  /** The file is there, and says something else. */
  readonly stale: boolean
}

export const generated = 'Written by clew-config; change the declaration instead.'

const mark = { start: '<!-- clew-config -->', end: '<!-- /clew-config -->' }
/** A mark counts only alone on its line: a text that speaks of the marks is none of ours. */
const marked = /^([ \t]*<!-- clew-config -->[ \t]*)$[\s\S]*?^([ \t]*<!-- \/clew-config -->[ \t]*)$/m

/** A table between the marks of a Markdown file, or in a file of its own. */
export function inMarkdown(file: string, table: string): DocumentFile {
  const existing = contentOf(file)
  if (existing === undefined) {
    return document(file, existing, `# Configuration\n\n${mark.start}\n\n${table}\n${mark.end}\n`)
  }
  if (!marked.test(existing)) {
    throw new UsageError(
      `${file} is there already; put ${mark.start} and ${mark.end} where the table belongs, each alone on its line`,
    )
  }
  const block = withLineEnds(`\n\n${table}\n`, existing)
  return document(
    file,
    existing,
    existing.replace(marked, (_, start: string, end: string) => start + block + end),
  )
}

/** A file that nobody else writes. */
export function whole(file: string, text: string): DocumentFile {
  const existing = contentOf(file)
  if (existing === undefined) return document(file, existing, text)
  if (existing.slice(0, 512).includes(generated))
    return document(file, existing, withLineEnds(text, existing))
  throw new UsageError(
    `${file} is there already, and was not written by clew-config; move it away first`,
  )
}

export function write({ file, text }: DocumentFile): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${(error as Error).message}`)
  }
}

function document(file: string, existing: string | undefined, text: string): DocumentFile {
  return { file, text, stale: text !== existing }
}

/** A blank file is as one that is not there. */
function contentOf(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  try {
    // What stands beside the marks is written back, so nothing of it may be lost.
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const text = decoder.decode(readFileSync(file))
    return text.trim() === '' ? undefined : text
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`)
  }
}

function withLineEnds(text: string, existing: string): string {
  return /\r?\n/.exec(existing)?.[0] === '\r\n' ? text.replaceAll('\n', '\r\n') : text
}
