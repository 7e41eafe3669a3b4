import { labelName } from './names.ts'

export type Pair = readonly [name: string, value: string]

/**
 * Labels, sorted by name. If two names become one, their values are joined by semicolons, in the
 * order of the original names.
 */
export function pairsOf(attributes: Readonly<Record<string, unknown>>): Pair[] {
  const pairs = new Map<string, string>()
  for (const key of Object.keys(attributes).sort()) {
    const value = attributes[key]
    const name = labelName(key)
    if (name === undefined || name === '__name__' || value === undefined || value === null) continue
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
    const other = pairs.get(name)
    pairs.set(name, other === undefined ? text : `${other};${text}`)
  }
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1))
}

export function scopePairs(scope: {
  readonly name: string
  readonly version?: string
  readonly schemaUrl?: string
}): Pair[] {
  const pairs: Pair[] = [['otel_scope_name', scope.name]]
  if (scope.version) pairs.push(['otel_scope_version', scope.version])
  if (scope.schemaUrl) pairs.push(['otel_scope_schema_url', scope.schemaUrl])
  return pairs
}

export const joinPairs = (pairs: readonly Pair[]): string =>
  pairs.map(([name, value]) => `${name}="${escapeValue(value)}"`).join(',')

export const escapeValue = (text: string): string =>
  text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"')
