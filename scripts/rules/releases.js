import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './packages.js'

/** The commit of the last release of a package: where its version was written, which needs no tags. */
export const releaseOf = (directory) =>
  git('log', '-1', '--format=%H', '-G^  "version":', '--', `${directory}/package.json`).trim()

/** What is to be said of the next release. */
export const changesets = () =>
  readdirSync(join(root, '.changeset'))
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .map((file) => readFileSync(join(root, '.changeset', file), 'utf8'))

export function git(...args) {
  const run = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (run.status !== 0) throw new Error(`git ${args.join(' ')}: ${run.stderr}`)
  return run.stdout
}
