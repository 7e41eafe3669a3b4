import type { Report } from '@clew/internal/reports/reporter'
import { type FileText, readTextLater, withoutLineBreak } from '../system/file.ts'
import { plain } from '../text/quote.ts'
import type { SecretFile } from './record.ts'

/**
 * The time between two readings of a changed file, which must agree: the first may be half written.
 */
const settleMs = 50

/** A file that keeps changing for so many further readings is left to the next check. */
const maxReadings = 5

/** Checks a file, and takes a new value from it. Returns a report if something changed. */
export type FileCheck = (ended: () => boolean) => Promise<Report | undefined>

/** Follows one file: remembers its last value, and the last problem that was reported. */
export function follow(secretFile: SecretFile): FileCheck {
  const { file, maxBytes, variable, path } = secretFile
  const fields = { variable, path, file: plain(file, 256) }
  let known = secretFile.text
  let reported: FileText | undefined

  async function read(): Promise<FileText> {
    const content = await readTextLater(file, maxBytes)
    return content.ok ? { ok: true, text: withoutLineBreak(content.text) } : content
  }

  async function settled(first: FileText, ended: () => boolean): Promise<FileText | undefined> {
    let last = first
    for (let count = 0; count < maxReadings; count++) {
      // Unlike the interval, keeps the process alive: somebody may be waiting for this check.
      await new Promise((resolve) => setTimeout(resolve, settleMs))
      const next = await read()
      if (ended()) return undefined
      if (equal(next, last)) return next
      last = next
    }
    return undefined
  }

  function problem(content: FileText): Report {
    reported = content
    const what = content.ok ? 'the new content of its file is invalid' : `its file ${content.why}`
    return {
      type: content.ok ? 'config.secret_refused' : 'config.secret_unreadable',
      level: 'warn',
      message: `${variable}: ${what}; keeping the old value`,
      fields,
    }
  }

  return async (ended) => {
    const first = await read()
    if (equal(first, reported)) return undefined
    const unchanged = first.ok && first.text === secretFile.text
    const content = unchanged ? first : await settled(first, ended)
    if (content === undefined || equal(content, reported)) return undefined
    if (!content.ok) return problem(content)
    const { text } = content
    // Another watcher of this configuration may have taken the value already.
    if (text !== secretFile.text && !secretFile.accept(text)) return problem(content)
    reported = undefined
    if (text === known) return undefined
    known = text
    return {
      type: 'config.secret_changed',
      level: 'info',
      message: `${variable} has a new value`,
      fields,
    }
  }
}

function equal(one: FileText, other: FileText | undefined): boolean {
  if (one.ok) return other?.ok === true && one.text === other.text
  return other?.ok === false && one.why === other.why
}
