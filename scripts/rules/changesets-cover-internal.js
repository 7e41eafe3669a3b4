import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { graphOf } from '../source/graph.js'
import { specifiersOf } from '../source/syntax.js'
import { packages, root } from './packages.js'
import { changesets, git, releaseOf } from './releases.js'

const prefix = '@clew/internal/'

/** A change of the private package is a change of each package that has a part of it inside, and its users want to read of it. */
export function changesetsCoverInternal() {
  if (!existsSync(join(root, 'internal'))) return []
  const graph = graphOf(join(root, 'internal/src'))
  const announced = announcedNames()
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

function announcedNames() {
  return new Set(
    changesets().flatMap((text) =>
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

// Where the history is cut off, what is older counts as released.
function changedSinceRelease(directory) {
  const release = releaseOf(directory)
  const files = git('diff', '-z', '--name-only', '--no-renames', release, '--', 'internal/src')
  return new Set(files.split('\0').map((file) => file.replace('internal/src/', '')))
}
