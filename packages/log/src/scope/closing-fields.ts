import type { Fields } from '../line/fields.ts'
import { marker } from '../truncation.ts'

/**
 * What `set` has collected for the closing line of a scope. Bounded by the most fields that a line
 * can have.
 */
export class ClosingFields {
  private readonly fields = new Map<string, unknown>()
  private lost = 0

  /** Adds fields; of those beyond the bound only the number is kept. */
  add(fields: Fields, maxFields: number): void {
    for (const name in fields) {
      if (this.fields.size < maxFields || this.fields.has(name)) this.fields.set(name, fields[name])
      else this.lost++
    }
  }

  /** Before the fields that the logger itself writes, which always have their place and names. */
  with(result: Fields, maxFields: number): Fields {
    const room = Math.max(0, maxFields - Object.keys(result).length)
    const all = [...this.fields]
    const isCut = all.length > room || this.lost > 0
    const kept = isCut ? all.slice(0, Math.max(0, room - 1)) : all
    const named = kept.map(([name, value]) => [
      Object.hasOwn(result, name) ? `field.${name}` : name,
      value,
    ])
    if (isCut && room > 0) {
      named.push([marker.trim(), `${all.length - kept.length + this.lost} more fields`])
    }
    return { ...Object.fromEntries(named), ...result }
  }
}
