import type { Fields } from './fields.ts'
import { Snapshot } from './snapshot.ts'

/** Roughly what a value that is kept takes in memory. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length + 16
  if (typeof value !== 'object' || value === null) return 16
  const tree = Snapshot.treeOf(value)
  if (tree !== undefined) return sizeOf(tree)
  let bytes = 32
  if (Array.isArray(value)) for (const item of value) bytes += sizeOf(item)
  else {
    const parts = value as Fields
    for (const name in parts) bytes += 2 * name.length + sizeOf(parts[name])
  }
  return bytes
}
