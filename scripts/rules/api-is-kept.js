import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiReports, missingDeclarations } from '../source/api-report.js'
import { packages, root } from './packages.js'
import { changesets, git, releaseOf } from './releases.js'

/** What the reports in the repository show is what the published types say. */
export const apiIsShown = () =>
  packages.flatMap((each) => {
    const folder = join(root, each.directory, 'api')
    const made = apiReports(each)
    const kept = new Set(existsSync(folder) ? readdirSync(folder) : [])
    const files = [...new Set([...made.keys(), ...kept])].sort()
    return files
      .filter(
        (file) => !kept.has(file) || readFileSync(join(folder, file), 'utf8') !== made.get(file),
      )
      .map(
        (file) => `${each.directory}/api/${file} shows another API than the types have: pnpm api`,
      )
  })

/**
 * What a release has, the next one has, too, unless a changeset calls it more than a patch. A line of a declaration that has
 * become another one counts as gone: who reads the changeset decides whether it breaks anything.
 */
export const apiIsKept = () =>
  packages
    // What is 0.0.0 has no release.
    .filter(({ name, manifest }) => manifest.version !== '0.0.0' && !hasLargeChangeset(name))
    .flatMap(({ name, directory }) => {
      const release = releaseOf(directory)
      return filesOf(release, directory).flatMap((file) => {
        const path = join(root, file)
        const after = existsSync(path) ? readFileSync(path, 'utf8') : ''
        const missing = missingDeclarations(git('show', `${release}:${file}`), after)
        return missing.map(
          (line) => `${name} ${line} is gone, and no changeset says minor or major`,
        )
      })
    })

const hasLargeChangeset = (name) =>
  changesets().some((text) => new RegExp(`^["']${name}["']: *(minor|major)$`, 'm').test(text))

const filesOf = (release, directory) =>
  git('ls-tree', '-z', '--name-only', release, `${directory}/api/`).split('\0').filter(Boolean)
