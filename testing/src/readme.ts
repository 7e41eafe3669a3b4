import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Compares a package's pages (its README and `docs/*.md`) with its source, and returns the
 * differences; an empty list means there are none.
 *
 * - Exports: every value that `src/index.ts` (or an adapter in the exports map) exports is named in
 *   a heading below the heading `API`, such as `` ### `create(options?)` ``; a heading may name
 *   several. Every exported type is in backticks on a line that starts with `Types:`.
 * - Options: every exported interface named `…Options` has a table after
 *   `<!-- options: ThatOptions -->`, whose first column lists exactly its members.
 * - Errors: the tables below the headings `Errors` list exactly the `'ERR_…'` literals in `src/`.
 * - The README has at most 180 lines.
 */
export function readmeProblems(folder: string): string[] {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8')
  const docs = join(folder, 'docs')
  const pages = [
    readme,
    ...(existsSync(docs) ? readdirSync(docs).sort() : [])
      .filter((file) => file.endsWith('.md'))
      .map((file) => readFileSync(join(docs, file), 'utf8')),
  ]
  const sources = sourcesIn(join(folder, 'src'))
  // An exported interface may be declared in the private package, which is bundled into each.
  const declared = new Map([...sources, ...sourcesIn(join(folder, '../../internal/src'))])
  const entries = entriesOf(folder).map((file) => sources.get(file) ?? '')
  const types = exportsOf(entries, 'type')
  const lines = readme.split('\n').length - 1
  return [
    ...differences('export', exportsOf(entries, 'value'), headingsOf(pages)),
    ...differences('type', types, typesOf(pages)),
    ...optionProblems(pages.join('\n'), declared, types),
    ...differences('error code', errorCodesOf(sources), errorRowsOf(pages)),
    ...(lines > 180 ? [`the README has ${lines} lines, more than 180`] : []),
  ]
}

function sourcesIn(folder: string): ReadonlyMap<string, string> {
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
  return new Map(
    files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const),
  )
}

function entriesOf(folder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return Object.values<Record<string, string>>(manifest.exports)
    .map((entry) => entry['@clew/source'])
    .filter((file) => file !== undefined)
    .map((file) => file.replace('./src/', ''))
}

function exportsOf(entries: readonly string[], kind: 'value' | 'type'): Set<string> {
  const names = new Set<string>()
  for (const source of entries) {
    for (const [, type, list] of source.matchAll(/export (type )?\{([^}]*)\}/g)) {
      for (const item of (list ?? '').replace(/\/\/.*$|\/\*[\s\S]*?\*\//gm, '').split(',')) {
        const name = item
          .trim()
          .replace(/^type /, '')
          .split(' as ')
          .pop()
          ?.trim()
        const isType = type !== undefined || item.trim().startsWith('type ')
        if (name && isType === (kind === 'type')) names.add(name)
      }
    }
    const declared = kind === 'value' ? 'function|const|class|async function' : 'interface|type'
    for (const [, name] of source.matchAll(new RegExp(`^export (?:${declared}) (\\w+)`, 'gm'))) {
      if (name) names.add(name)
    }
  }
  return names
}

/**
 * The text below each heading with this title, up to the next heading of the same or a higher
 * level.
 */
function sectionsOf(pages: readonly string[], title: string): string {
  const heading = new RegExp(
    `^(#{1,2}) ${title}\\b[^\\n]*\\n([\\s\\S]*?)(?=^\\1 |^# |(?![\\s\\S]))`,
    'gm',
  )
  return pages
    .flatMap((page) => [...page.matchAll(heading)].map((match) => match[2] ?? ''))
    .join('\n')
}

const backticked = (text: string) =>
  [...text.matchAll(/`(\w+)[^`]*`/g)].map((match) => match[1] as string)

function headingsOf(pages: readonly string[]): Set<string> {
  return new Set(
    [...sectionsOf(pages, 'API').matchAll(/^#{2,4} (.*)$/gm)].flatMap((heading) =>
      backticked(heading[1] ?? ''),
    ),
  )
}

function typesOf(pages: readonly string[]): Set<string> {
  return new Set(
    pages.flatMap((page) =>
      [...page.matchAll(/^Types: (.*(?:\n.+)*)$/gm)].flatMap((line) => backticked(line[1] ?? '')),
    ),
  )
}

function membersOf(sources: ReadonlyMap<string, string>, name: string): Set<string> | undefined {
  for (const [file, source] of sources) {
    const found = new RegExp(
      `^export interface ${name}(?:<[^{]*?>)?(?:\\s+extends ([\\w,\\s<>]+))? \\{\\n([\\s\\S]*?)^\\}`,
      'm',
    ).exec(source)
    if (!found) continue
    const declared = [...(found[2] ?? '').matchAll(/^ {2}(?:readonly )?(\w+)\??(?:\(|:|<)/gm)]
    const members = new Set(declared.map((match) => match[1] as string))
    for (const base of found[1]
      ?.replace(/<[^>]*>/g, '')
      .split(',')
      .map((item) => item.trim()) ?? []) {
      // An interface may extend one of the same name, imported under an alias.
      const original = new RegExp(`(\\w+) as ${base}\\b`).exec(source)?.[1]
      const others = new Map([...sources].filter(([other]) => other !== file))
      const inherited = original ? membersOf(others, original) : membersOf(sources, base)
      for (const member of inherited ?? []) members.add(member)
    }
    return members
  }
  return undefined
}

function optionProblems(
  readme: string,
  sources: ReadonlyMap<string, string>,
  types: ReadonlySet<string>,
): string[] {
  const tables = new Map(
    [...readme.matchAll(/<!-- options: (\w+) -->\s*\n((?:\|.*\n?)+)/g)].map(([, name, table]) => [
      name as string,
      new Set([...(table ?? '').matchAll(/^\| `(\w+)/gm)].map((row) => row[1] as string)),
    ]),
  )
  const problems = [...types]
    .filter((name) => name.endsWith('Options') && !tables.has(name) && membersOf(sources, name))
    .map((name) => `no table <!-- options: ${name} --> in the pages`)
  for (const [name, rows] of tables) {
    const members = membersOf(sources, name)
    if (members) problems.push(...differences(`option of ${name}:`, members, rows))
    else problems.push(`no exported interface ${name} in src, but a table in the pages`)
  }
  return problems
}

function errorCodesOf(sources: ReadonlyMap<string, string>): Set<string> {
  return new Set(
    [...sources.values()].flatMap((text) =>
      [...text.matchAll(/'(ERR_[A-Z0-9_]+)'/g)].map((m) => m[1] as string),
    ),
  )
}

function errorRowsOf(pages: readonly string[]): Set<string> {
  const rows = sectionsOf(pages, 'Errors').matchAll(/^\| `(ERR_[A-Z0-9_]+)`/gm)
  return new Set([...rows].map((row) => row[1] as string))
}

function differences(
  kind: string,
  source: ReadonlySet<string>,
  readme: ReadonlySet<string>,
): string[] {
  return [
    ...[...source]
      .filter((name) => !readme.has(name))
      .map((name) => `${kind} ${name} is not in the pages`),
    ...[...readme]
      .filter((name) => !source.has(name))
      .map((name) => `${kind} ${name} is in the pages, not in the source`),
  ]
}
