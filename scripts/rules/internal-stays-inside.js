import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { published } from './packages.js'

// Nobody can install it: a package that names it does not even start.
const name = '@clew/internal'

// Shipped whatever `files` says.
const always = ['README.md', 'CHANGELOG.md', 'LICENSE']

/** What is published knows nothing of the private package; what it uses of it has become a part of it. */
export function internalStaysInside() {
  return published.flatMap(({ directory, folder, manifest }) => {
    const { devDependencies: _, ...published } = manifest
    const shipped = [...manifest.files, ...always].flatMap((path) => filesBelow(folder, path))
    if (shipped.length <= always.length) return [`${directory} has not been built`]
    return [
      ...(JSON.stringify(published).includes(name)
        ? [`${directory}/package.json needs ${name}`]
        : []),
      ...shipped
        .filter((path) => readFileSync(join(folder, path), 'utf8').includes(name))
        .map((path) => `${directory}/${path} contains ${name}`),
    ]
  })
}

function filesBelow(folder, path) {
  const full = join(folder, path)
  if (!existsSync(full)) return []
  if (!statSync(full).isDirectory()) return [path]
  return readdirSync(full).flatMap((file) => filesBelow(folder, `${path}/${file}`))
}
