import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { graphOf } from '../source/graph.js'
import { specifiersOf } from '../source/syntax.js'
import { packages, root } from './packages.js'

const prefix = '@clew/internal/'

/** A change of the private package is a change of each package that has a part of it inside, and its users want to read of it. */
export function changesetsCoverInternal() {
  if (!existsSync(join(root, 'internal'))) return []
  const graph = graphOf(join(root, 'internal/src'))
  const announced = namesIn(readdirSync(join(root, '.changeset')))
  return packages
    .filter(({ name }) => !announced.has(name))
    .flatMap((each) => {
      const changed = changedSinceRelease(each.directory)
      const inside = bundledBy(each.files, graph).filter((file) => changed.has(file))
      return inside.length === 0
        ? []
        : [
            `no changeset names ${each.name}, and there is a change of internal/src/${inside[0]} in it`,
          ]
    })
}

function namesIn(files) {
  const texts = files
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .map((file) => readFileSync(join(root, '.changeset', file), 'utf8'))
  return new Set(
    texts.flatMap((text) =>
      [...text.matchAll(/^["'](@clew\/[\w-]+)["']:/gm)].map(([, name]) => name),
    ),
  )
}

/** The modules of the private package that become a part of this one. */
export function bundledBy(files, graph) {
  const queue = files
    .flatMap(({ text }) => specifiersOf(text))
    .filter((specifier) => specifier.startsWith(prefix))
    .map((specifier) => `${specifier.slice(prefix.length)}.ts`)
  const found = new Set(queue)
  for (const file of found) for (const imported of graph.get(file) ?? []) found.add(imported)
  return [...found].sort()
}

// A release is where the version was written: that needs no tags. Where the history is cut off, what is older counts as released.
function changedSinceRelease(directory) {
  const release = git(
    'log',
    '-1',
    '--format=%H',
    '-G^  "version":',
    '--',
    `${directory}/package.json`,
  )
  const files = git(
    'diff',
    '-z',
    '--name-only',
    '--no-renames',
    release.trim(),
    '--',
    'internal/src',
  )
  return new Set(files.split('\0').map((file) => file.replace('internal/src/', '')))
}

function git(...args) {
  const run = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (run.status !== 0) throw new Error(`git ${args.join(' ')}: ${run.stderr}`)
  return run.stdout
}
