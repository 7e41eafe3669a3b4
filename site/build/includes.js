// `<!-- include: FILE -->` in a page of the site is replaced by the text of that file, so that everything is written once:
//
//   <!-- include: packages/log/README.md -->                      all below its title
//   <!-- include: packages/log/README.md#options -->              one section, without its heading
//   <!-- include: packages/log/README.md opening -->              what stands in front of its first section
//   <!-- include: packages/log/README.md without: Links, More --> all but these sections
//   <!-- include: packages/log/README.md only: Options, Errors --> these sections alone
//   <!-- include: examples/deploy/nginx/clew.conf -->             a file, as a block of code

import { existsSync, readFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { root } from './places.js'
import { linkFrom } from './routes.js'
import { headingsOf, only, openingOf, sectionOf, shifted, without } from './sections.js'

const directive =
  /^<!-- include: (?<file>\S+?)(?:#(?<anchor>\S+))?(?: (?<opening>opening))?(?: (?<which>without|only): (?<titles>[^>]*?))? -->$/gm
const languages = {
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.conf': 'nginx',
  '.json': 'json',
  '.diff': 'diff',
  '.ts': 'ts',
}

/** The page with the text of other files; `at` names the page in errors. */
export function expand(page, at) {
  return page.replace(directive, (...match) => {
    const { file, anchor, ...part } = match.at(-1)
    const path = join(root, file)
    if (!existsSync(path)) throw new Error(`${at} includes ${file}, which is not there`)
    const text = readFileSync(path, 'utf8')
    if (!file.endsWith('.md')) return asCode(file, text)
    const section = sectionOf(text, anchor)
    if (section === undefined) throw new Error(`${at} includes ${file}#${anchor}: no such heading`)
    const kept = adapted(partOf(section.text, part), file)
    // A section becomes one of the heading above it; the sections of a whole file stay what they are.
    const above = anchor && headingsOf(page.slice(0, match.at(-3))).at(-1)?.level
    return shifted(kept, (above ?? section.level) - section.level)
  })
}

function partOf(text, { opening, which, titles }) {
  const whole = opening ? openingOf(text) : text
  const choose = { without, only }[which]
  return choose ? choose(whole, titles.split(', ')) : whole
}

/** The text of a file of the repository, as the site shows it: without remarks for the checks, with links of the site. */
export function adapted(text, file) {
  return withoutRemarks(text)
    .replace(/(?<=\]\()[^)\s]+(?=\))/g, (link) => linkFrom(file, link))
    .replace(/(?<=^\[[^\]]+\]: )\S+$/gm, (link) => linkFrom(file, link))
}

/** The text without comments, and without what a fence says to the checks: `ts run` is `ts`. */
export const withoutRemarks = (text) =>
  text.replace(/<!--[\s\S]*?-->\n?/g, '').replace(/^```ts (?:run|serve)$/gm, '```ts')

function asCode(file, text) {
  const language = languages[extname(file)] ?? (basename(file) === 'Dockerfile' ? 'docker' : 'text')
  return `\`\`\`${language} [${basename(file)}]\n${text.trimEnd()}\n\`\`\``
}
