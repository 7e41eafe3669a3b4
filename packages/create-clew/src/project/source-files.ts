import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Syntax, syntaxOf } from '../source/syntax.ts'

const skippedFolders =
  /^(node_modules|bower_components|dist|build|out|lib-cov|coverage|public|static|vendor|tmp|test|tests|__tests__|spec|e2e|examples?|fixtures|docs|migrations)$|^\./
const sources = /\.[cm]?[jt]sx?$/
const notSources = /\.d\.[cm]?ts$|\.(test|spec|bench|stories)\.|\.min\.js$|\.config\.[cm]?[jt]s$/

/** More than an application has: what is beyond is not read, and said. */
export const maxFiles = 5_000
/** Larger files are generated ones. */
const maxBytes = 1_000_000

/** What was read of a project. */
export interface SourceFiles {
  readonly files: readonly Syntax[]
  /** Paths that the parser cannot make sense of. */
  readonly unreadable: readonly string[]
  readonly isCut: boolean
}

/** The project's own source files: no dependencies, tests, or what a build has written. */
export function readSources(folder: string): SourceFiles {
  const isSource = (name: string) => sources.test(name) && !notSources.test(name)
  // express-generator's entry has no ending.
  const paths = filesBelow(folder, (name) => isSource(name) || name === 'www')
  const files: Syntax[] = []
  const unreadable: string[] = []
  for (const path of paths.slice(0, maxFiles)) {
    const syntax = syntaxOf(path, readFileSync(join(folder, path), 'utf8'))
    if (syntax === undefined) unreadable.push(path)
    else files.push(syntax)
  }
  return { files, unreadable, isCut: paths.length > maxFiles }
}

/**
 * The paths below a folder, relative to it and with `/`, that are not skipped; shallow ones first. A folder with a
 * package.json of its own is another project.
 */
export function filesBelow(folder: string, isWanted: (name: string) => boolean): string[] {
  const found: string[] = []
  const waiting = ['']
  for (const below of waiting) {
    const entries = readdirSync(join(folder, below), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = below + entry.name
      if (entry.isDirectory()) {
        if (!skippedFolders.test(entry.name) && !isProject(join(folder, path))) {
          waiting.push(`${path}/`)
        }
      } else if (entry.isFile() && isWanted(entry.name) && isSmall(join(folder, path))) {
        found.push(path)
      }
      if (found.length > maxFiles) return found
    }
  }
  return found
}

const isProject = (folder: string): boolean => existsSync(join(folder, 'package.json'))

function isSmall(path: string): boolean {
  return statSync(path).size <= maxBytes
}
