// Markdown by its headings. A fence is skipped: `# comment` in a shell block is no heading.

/** The anchor of a heading, as GitHub and the site make it. */
export const anchorOf = (title) =>
  title
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*]/g, '')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')

/** The headings of a text, each with its level and the lines that belong to it. */
export function headingsOf(text) {
  const lines = text.split('\n')
  const headings = []
  let fenced = false
  lines.forEach((line, at) => {
    if (/^(?:```|~~~)/.test(line)) fenced = !fenced
    const [, marks, title] = (!fenced && /^(#{1,6}) (.*)$/.exec(line)) || []
    if (marks) headings.push({ level: marks.length, title, anchor: anchorOf(title), at })
  })
  return headings.map((heading, index) => {
    const next = headings.slice(index + 1).find(({ level }) => level <= heading.level)
    return { ...heading, end: next?.at ?? lines.length }
  })
}

/** A section without its heading, or, without an anchor, all below the title of the page. */
export function sectionOf(text, anchor) {
  const headings = headingsOf(text)
  const heading = anchor ? headings.find((one) => one.anchor === anchor) : headings[0]
  if (heading === undefined) return undefined
  const lines = text.split('\n').slice(heading.at + 1, heading.end)
  return { level: heading.level, text: lines.join('\n').trim() }
}

/** What stands in front of the first heading. */
export function openingOf(text) {
  const [first] = headingsOf(text)
  return first ? text.split('\n').slice(0, first.at).join('\n').trim() : text
}

/** The text without the sections of these titles. */
export function without(text, titles) {
  const lines = text.split('\n')
  for (const { at, end, title } of headingsOf(text).reverse()) {
    if (titles.includes(title)) lines.splice(at, end - at)
  }
  return lines.join('\n').trim()
}

/** The sections of these titles, with their headings, as far as there are any. */
export function only(text, titles) {
  const lines = text.split('\n')
  return headingsOf(text)
    .filter(({ title }) => titles.includes(title))
    .map(({ at, end }) => lines.slice(at, end).join('\n').trim())
    .join('\n\n')
}

/** The text with headings that are so many levels deeper. */
export function shifted(text, by) {
  const lines = text.split('\n')
  for (const { at, level } of headingsOf(text)) {
    lines[at] = lines[at].replace(/^#+/, '#'.repeat(Math.min(6, level + by)))
  }
  return lines.join('\n')
}
