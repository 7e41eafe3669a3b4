import { packages } from './packages.js'

/** They meet in the application: no import, no dependency, not even of a type. */
export function packagesMeet() {
  const names = new Set(packages.map(({ name }) => name))
  return packages.flatMap(({ name, manifest, files }) => [
    ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
      .filter((dependency) => names.has(dependency))
      .map((dependency) => `${name} depends on ${dependency}`),
    ...files.flatMap(({ path, text }) =>
      [...text.matchAll(imports)].map((match) => `${path} imports ${match[1]}`),
    ),
  ])
}

// Statements and dynamic imports; a line of a docstring starts with a star. What is private becomes a part of who imports it.
const imports = /^(?! *\*).*(?:\bfrom |^import |\bimport\()'(@clew\/(?!internal\/)[\w/]+)'/gm
