import { readFileSync } from 'node:fs'
import { type Area, packageOf } from './areas.ts'

/**
 * What the areas need in package.json. The versions are those that this command was made and tested
 * with: its own manifest names them.
 */
export function dependenciesFor(areas: readonly Area[]): Readonly<Record<string, string>> {
  const ranges = ownRanges()
  const packages = areas.map(packageOf).map((name) => [name, ranges[name] ?? '*'])
  // A peer of these: npm would install it unasked, and Yarn would not.
  const hasPeer = areas.some((area) => area === 'trace' || area === 'metrics' || area === 'health')
  return Object.fromEntries(hasPeer ? [...packages, ['@opentelemetry/api', '^1.9.0']] : packages)
}

function ownRanges(): Readonly<Record<string, string>> {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  const { devDependencies } = manifest as { devDependencies: Record<string, string> }
  return devDependencies
}
