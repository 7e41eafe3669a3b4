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
      ...['README.md', ...pages].flatMap((file) => deadLinks(folder, file)),
      ...problemsOfMaps(join(folder, 'dist'), built),
    ]
    return problems.map((problem) => `${directory}: ${problem}`)
  })
}
