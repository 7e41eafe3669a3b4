const valueKeys: ReadonlySet<string> = new Set(['input', 'val', 'value', 'values'])
const nameKeys = ['name', 'key', 'field', 'header', 'path', 'property', 'param'] as const

/**
 * What a value is called by the member beside it: `{ name: 'authorization', value: '…' }`, as headers and
 * the errors of validators have it. Undefined for other members. Throws what a getter throws.
 */
export function nameOfValue(object: object, key: string): string | undefined {
  if (!valueKeys.has(key)) return undefined
  const parts = object as Readonly<Record<string, unknown>>
  for (const nameKey of nameKeys) {
    const name = parts[nameKey]
    if (typeof name === 'string') return name
    // A path as a list.
    const last: unknown = Array.isArray(name) ? name.at(-1) : undefined
    if (typeof last === 'string') return last
  }
  return undefined
}
