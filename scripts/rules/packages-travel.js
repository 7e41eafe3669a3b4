import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { deadLinks, problemsOfMaps } from '../release/contents.js'
import { published } from './packages.js'

const packed = ['dist', 'docs', 'CHANGELOG.md']

/** What is true in this repository stays true of a package that is installed somewhere else. */
export function packagesTravel() {
  return published.flatMap(({ directory, folder, manifest }) => {
    const hasPages = existsSync(join(folder, 'docs'))
    const pages = hasPages ? readdirSync(join(folder, 'docs')).map((file) => `docs/${file}`) : []
    const wanted = packed.filter((file) => file !== 'docs' || hasPages)
    const built = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' })
    const problems = [
      ...(manifest.files.join() === wanted.join() ? [] : [`"files" is not ${wanted.join(', ')}`]),
      ...missingEntries(manifest),
      ...['README.md', ...pages].flatMap((file) => deadLinks(folder, file)),
      ...problemsOfMaps(join(folder, 'dist'), built),
    ]
    return problems.map((problem) => `${directory}: ${problem}`)
  })
}

/** Entries that a published package would not have: pnpm takes its exports from `publishConfig`. */
function missingEntries({ exports, publishConfig, typesVersions }) {
  const entries = Object.keys(exports)
  const published = Object.keys(publishConfig.exports ?? exports)
  const typed = Object.keys(typesVersions?.['*'] ?? {}).map((name) => `./${name}`)
  return [
    ...entries
      .filter((entry) => !published.includes(entry))
      .map((entry) => `publishConfig.exports has no ${entry}`),
    ...entries
      .filter((entry) => !['.', './package.json'].includes(entry) && !typed.includes(entry))
      .map((entry) => `typesVersions has no ${entry}`),
  ]
}
