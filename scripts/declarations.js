// Leaves the declarations that an entry leads to. Those of the private package, which nobody can install, are copied beside them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const prefix = '@clew/internal/'
const internal = fileURLToPath(new URL('../internal/dist/', import.meta.url))
const specifiers = /(\bfrom |\bimport\(|^import )(['"])([^'"]+)\2/gm

/** Of one format: `dist/esm` or `dist/cjs`, below the package that is built. */
export function gatherDeclarations(folder, entries) {
  const kept = new Set()

  /** `source` is where tsc wrote a declaration, `target` where it will be published. */
  function gather(source, target) {
    if (kept.has(target)) return
    kept.add(target)
    const text = readFileSync(source, 'utf8').replace(
      specifiers,
      (all, before, quote, specifier) => {
        const [from, to] = placesOf(specifier, source, target)
        if (from === undefined) return all
        gather(from, to)
        const path = relative(dirname(target), to)
          .split(sep)
          .join('/')
          .replace(/\.d\.ts$/, '.js')
        return `${before}${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`
      },
    )
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text.replace(/\n?\/\/# sourceMappingURL=.*\n?$/, '\n'))
  }

  function placesOf(specifier, source, target) {
    if (specifier.startsWith(prefix)) {
      const name = `${specifier.slice(prefix.length)}.d.ts`
      return [join(internal, name), join(folder, 'shared', name)]
    }
    if (!specifier.startsWith('.')) return []
    const name = specifier.replace(/\.[jt]s$/, '.d.ts')
    return [resolve(dirname(source), name), join(dirname(target), name)]
  }

  for (const name of entries) {
    const entry = join(folder, `${name}.d.ts`)
    if (existsSync(entry)) gather(resolve(entry), entry)
  }
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.d.ts') && !kept.has(join(folder, file))) rmSync(join(folder, file))
  }
  removeEmpty(folder)
}

function removeEmpty(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    const path = join(folder, entry.name)
    removeEmpty(path)
    if (readdirSync(path).length === 0) rmSync(path, { recursive: true })
  }
}
