// Publishes the declarations that an entry leads to, for both formats. Those of the private package, which nobody can install, are
// copied beside them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const prefix = '@clew/internal/'
const internal = fileURLToPath(new URL('../internal/dist/', import.meta.url))
const specifiers = /(\bfrom |\bimport\(|^import )(['"])([^'"]+)\2/gm

/** Into `dist/esm` or `dist/cjs`, from where tsc wrote them. */
export function publishDeclarations(types, folder, entries) {
  const published = new Set()

  function publish(source, target) {
    if (published.has(target)) return
    published.add(target)
    const text = readFileSync(source, 'utf8').replace(
      specifiers,
      (all, before, quote, specifier) => {
        const [from, to] = placesOf(specifier, source, target)
        if (from === undefined) return all
        publish(from, to)
        const path = relative(dirname(target), to)
          .split(sep)
          .join('/')
          .replace(/\.d\.ts$/, '.js')
        return `${before}${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`
      },
    )
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
  }

  function placesOf(specifier, source, target) {
    if (specifier.startsWith(prefix)) {
      const name = `${specifier.slice(prefix.length)}.d.ts`
      return [join(internal, name), join(folder, 'shared', name)]
    }
    if (!specifier.startsWith('.')) return []
    const name = specifier.replace(/\.[jt]s$/, '.d.ts')
    return [join(dirname(source), name), join(dirname(target), name)]
  }

  for (const name of entries) publish(join(types, `${name}.d.ts`), join(folder, `${name}.d.ts`))
}
