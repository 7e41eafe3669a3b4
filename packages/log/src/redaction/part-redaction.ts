import { redacted, type TextNames } from './text-names.ts'

const disposition = /form-data;[^\r\n]{0,256}?\bname="([^"\r\n]{1,128})"[^\r\n]{0,256}/gi
const maxHeaders = 1024

/** A text without the parts of a multipart form whose names are those of credentials. */
export function withoutParts(text: string, names: TextNames): string {
  if (!text.includes('form-data;')) return text
  let out = ''
  let from = 0
  for (const { 0: all, 1: name = '', index } of text.matchAll(disposition)) {
    if (index < from || !names.parameter(name)) continue
    const head = index + all.length
    const blank = /\r?\n\r?\n/.exec(text.slice(head, head + maxHeaders))
    if (blank === null) continue
    const start = head + blank.index + blank[0].length
    const end = text.indexOf('\n--', start)
    out += text.slice(from, start) + redacted
    from = end === -1 ? text.length : end - (text[end - 1] === '\r' ? 1 : 0)
  }
  return from === 0 ? text : out + text.slice(from)
}
