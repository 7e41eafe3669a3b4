import type { IncomingMessage } from 'node:http'
import { optionsOf } from '../errors.ts'
import { type Level, levelOption } from '../level.ts'

/** An override of the level for a while, for some requests or for all. */
export interface Override {
  readonly level: Exclude<Level, 'fatal'>
  /** Which requests. Without it: every scope and every line. One that throws matches nothing. */
  match?(request: IncomingMessage): boolean
}

interface ActiveOverride {
  readonly override: Override
  readonly severity: number
}

/** The overrides that apply now. */
export class Overrides {
  private readonly active = new Set<ActiveOverride>()

  /** @returns a function that ends it, and says whether it was still there */
  add(override: Override): () => boolean {
    const check = optionsOf('logger.override')
    check.options('options', check.object('options', override), ['level', 'match'])
    check.function('match', override.match)
    const added = { override, severity: levelOption(check, 'level', override.level) }
    this.active.add(added)
    return () => this.active.delete(added)
  }

  get isEmpty(): boolean {
    return this.active.size === 0
  }

  /** The lowest level of any override; `Infinity` without one. */
  lowest(): number {
    return Math.min(...[...this.active].map(({ severity }) => severity))
  }

  /** The lowest level of those that apply to every line; `Infinity` without one. */
  lowestForAll(): number {
    const forAll = [...this.active].filter(({ override }) => override.match === undefined)
    return Math.min(...forAll.map(({ severity }) => severity))
  }

  /** The lowest level of those that match a scope with this request, or without one. */
  lowestFor(request: IncomingMessage | undefined): number | undefined {
    let lowest: number | undefined
    for (const { override, severity } of this.active) {
      if (!matches(override, request)) continue
      if (lowest === undefined || severity < lowest) lowest = severity
    }
    return lowest
  }
}

function matches(override: Override, request: IncomingMessage | undefined): boolean {
  if (override.match === undefined) return true
  if (request === undefined) return false
  try {
    return override.match(request) === true
  } catch {
    return false
  }
}
