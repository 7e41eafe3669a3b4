import type { Check } from '../errors.ts'
import { type Level, levelOf, levelOption } from '../level.ts'

/** Levels of loggers with a name: `{ db: 'debug', 'db.pool': 'warn' }`. */
export type NamedLevels = Readonly<Record<string, Level | undefined>>

/** Checks them, and returns their numbers by name. */
export function namedLevels(check: Check, levels: NamedLevels = {}): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const [name, level] of Object.entries(check.object('levels', levels))) {
    if (level !== undefined) found.set(name, levelOption(check, `levels.${name}`, level))
  }
  return found
}

/** The level of a name, or of the nearest name above it: of `db.pool`, that of `db`. */
export function severityNamed(
  levels: ReadonlyMap<string, number>,
  name: string,
): number | undefined {
  for (let part = name; ; part = part.slice(0, part.lastIndexOf('.'))) {
    const severity = levels.get(part)
    if (severity !== undefined || !part.includes('.')) return severity
  }
}

export const shownLevels = (levels: ReadonlyMap<string, number>): Record<string, Level> =>
  Object.fromEntries([...levels].map(([name, severity]) => [name, levelOf(severity)]))
