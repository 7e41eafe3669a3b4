// The links of the built site: each page, each anchor and each file that one names is there, and nothing is loaded from
// elsewhere.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What is wrong, and the links to elsewhere, each once. */
export function checkLinks(folder, base = '/') {
  const pages = pagesOf(folder)
  const problems = []
  const external = new Set()
  for (const [path, { html }] of pages) {
    for (const [, tag, attribute, value] of html.matchAll(
      /<(a|link|script|img|source|iframe)\b[^>]*?\s(href|src)="([^"]*)"/g,
    )) {
      const url = value.replaceAll('&amp;', '&')
      if (/^(?:mailto|data):/.test(url)) continue
      if (/^(?:https?:)?\/\//.test(url)) {
        if (tag === 'a') external.add(url)
        else problems.push(`${path} loads ${url} (${tag} ${attribute})`)
        continue
      }
      const problem = missing(url, { pages, folder, path, base })
      if (problem) problems.push(`${path}: ${problem}`)
    }
  }
  return { problems: [...new Set(problems)], external: [...external].sort(), pages: pages.size }
}

function pagesOf(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return new Map(
    files
      .filter((file) => file.endsWith('.html'))
      .map((file) => {
        const html = readFileSync(join(folder, file), 'utf8')
        const ids = new Set([...html.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]))
        return [`/${file.replace(/(?:(?<=^|\/)index)?\.html$/, '')}`, { html, ids }]
      }),
  )
}

function missing(url, { pages, folder, path: from, base }) {
  const [link, hash] = url.split('#')
  const local = link.startsWith(base) ? `/${link.slice(base.length)}` : link
  const path = local === '' ? from : local.startsWith('/') ? local : join(dirname(from), local)
  const page = pages.get(path) ?? pages.get(path.replace(/\.html$/, ''))
  if (page === undefined) {
    return existsSync(join(folder, path)) && !hash ? undefined : `no page ${url}`
  }
  if (hash && !page.ids.has(decodeURIComponent(hash))) return `no anchor ${url}`
  return undefined
}
