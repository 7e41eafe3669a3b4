import type { Line } from './file-edit.ts'

const width = 96

/** Entries of an object literal on lines of at most 96 characters. A line belongs to the area of its first entry. */
export function rowsOf(entries: readonly Line[]): Line[] {
  const rows: Line[] = []
  for (const { area, text } of entries) {
    const last = rows.at(-1)
    const joined = last && `${last.text} ${text},`
    if (last !== undefined && joined !== undefined && joined.length <= width) {
      rows[rows.length - 1] = { area: last.area, text: joined }
    } else rows.push({ area, text: `  ${text},` })
  }
  return rows
}
