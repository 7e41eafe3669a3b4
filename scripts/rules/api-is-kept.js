import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiReports, missingDeclarations } from '../source/api-report.js'
import { packages, root } from './packages.js'

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
    .filter(({ name }) => !hasLargeChangeset(name))
    .flatMap((each) => {
      const release = releaseOf(each)
      if (release === undefined) return []
      const { directory, name } = each
      return filesOf(release, directory).flatMap((file) => {
        const path = join(root, file)
        const after = existsSync(path) ? readFileSync(path, 'utf8') : ''
        const missing = missingDeclarations(git('show', `${release}:${file}`), after)
        return missing.map(
          (line) => `${name} ${line} is gone, and no changeset says minor or major`,
        )
      })
    })

function hasLargeChangeset(name) {
  const folder = join(root, '.changeset')
  const texts = readdirSync(folder)
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .map((file) => readFileSync(join(folder, file), 'utf8'))
  return texts.some((text) => new RegExp(`^["']${name}["']: *(minor|major)$`, 'm').test(text))
}

// A release is where the version was written: that needs no tags. What is 0.0.0 has none.
function releaseOf({ directory, manifest }) {
  if (manifest.version === '0.0.0') return undefined
  return git(
    'log',
    '-1',
    '--format=%H',
    '-G^  "version":',
    '--',
    `${directory}/package.json`,
  ).trim()
}

const filesOf = (release, directory) =>
  git('ls-tree', '-z', '--name-only', release, `${directory}/api/`).split('\0').filter(Boolean)

function git(...args) {
  const run = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (run.status !== 0) throw new Error(`git ${args.join(' ')}: ${run.stderr}`)
  return run.stdout
}
