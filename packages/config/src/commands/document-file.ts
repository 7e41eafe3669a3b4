import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { reasonOf } from '@clew/internal/errors/reason'
import { UsageError } from './usage-error.ts'

/** A document, as its file should contain it. */
export interface DocumentFile {
  readonly file: string
  readonly text: string
  /** The file does not exist, or has another content. */
  readonly stale: boolean
}

const author = 'Written by clew-config'
export const generated: string = `${author}; edit the declaration instead.`

const marker = { start: '<!-- clew-config -->', end: '<!-- /clew-config -->' }
/** A marker must be alone on its line, so that text about the markers does not match. */
const markedBlock =
  /^([ \t]*<!-- clew-config -->[ \t]*)$[\s\S]*?^([ \t]*<!-- \/clew-config -->[ \t]*)$/m

/** A table between the markers of an existing Markdown file, or in a new one. */
export function inMarkdown(file: string, table: string): DocumentFile {
  const existing = contentOf(file)
  if (existing === undefined) {
    return document(
      file,
      existing,
      `# Configuration\n\n${marker.start}\n\n${table}\n${marker.end}\n`,
    )
  }
  if (!markedBlock.test(existing)) {
    throw new UsageError(
      `${file} exists; put ${marker.start} and ${marker.end} where the table belongs, each alone on its line`,
    )
  }
  const block = withLineBreaks(`\n\n${table}\n`, existing)
  return document(
    file,
    existing,
    existing.replace(markedBlock, (_, start: string, end: string) => start + block + end),
  )
}

/** A file with no other content. */
export function whole(file: string, text: string): DocumentFile {
  const existing = contentOf(file)
  if (existing === undefined) return document(file, existing, text)
  if (existing.slice(0, 512).includes(author))
    return document(file, existing, withLineBreaks(text, existing))
  throw new UsageError(`${file} exists and was not written by clew-config; move it away first`)
}

export function write({ file, text }: DocumentFile): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${reasonOf(error)}`)
  }
}

function document(file: string, existing: string | undefined, text: string): DocumentFile {
  return { file, text, stale: text !== existing }
}

/** The text of a file; undefined if it does not exist or is blank. */
function contentOf(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  try {
    // The text outside the markers is written back, so it must be decoded without loss.
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const text = decoder.decode(readFileSync(file))
    return text.trim() === '' ? undefined : text
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${reasonOf(error)}`)
  }
}

function withLineBreaks(text: string, existing: string): string {
  return /\r?\n/.exec(existing)?.[0] === '\r\n' ? text.replaceAll('\n', '\r\n') : text
}
