import { constructorOf } from './reading.ts'

/**
 * A copy of a built-in behind a proxy: its methods work only where the proxy lets them, and nothing but
 * its class says what it is. A word where they do not; undefined for everything else.
 */
export function builtInOf(value: object, maxItems: number): object | string | undefined {
  // A proxy that binds methods binds the class too.
  const kind = constructorOf(value).replace(/^bound /, '')
  const copy = copies.get(kind)
  if (copy === undefined) return undefined
  try {
    return copy(value, maxItems)
  } catch {
    return `[${kind}]`
  }
}

type Copy = (value: object, maxItems: number) => object

const copies: ReadonlyMap<string, Copy> = new Map<string, Copy>([
  ['Map', (value, most) => new Map(first((value as Map<unknown, unknown>).entries(), most))],
  ['Set', (value, most) => new Set(first((value as Set<unknown>).values(), most))],
  ['Date', (value) => new Date((value as Date).getTime())],
  ['RegExp', (value) => new RegExp((value as RegExp).source, (value as RegExp).flags)],
  ['URL', (value) => new URL((value as URL).href)],
])

/** One more than are shown. */
function first<T>(items: Iterable<T>, maxItems: number): T[] {
  const found: T[] = []
  for (const item of items) {
    found.push(item)
    if (found.length > maxItems) break
  }
  return found
}
