import type { IncomingMessage } from 'node:http'
import { functionIfGiven } from './checks.ts'
import type { Level } from './level.ts'
import { levelOption } from './options.ts'

/** An override of the level for a while, for some requests or for all. */
export interface Override {
  readonly level: Exclude<Level, 'fatal'>
  /** Which requests. Without it: every scope and every line. One that throws matches nothing. */
  match?(request: IncomingMessage): boolean
}

export interface ActiveOverride {
  readonly override: Override
  readonly severity: number
}

/** Checks it. */
export function activeOverride(override: Override): ActiveOverride {
  const severity = levelOption('override.level', override.level)
  functionIfGiven('override.match', override.match)
  return { override, severity }
}

/** Whether it is for a scope with this request, or without one. */
export function matches(override: Override, request: IncomingMessage | undefined): boolean {
  if (override.match === undefined) return true
  if (request === undefined) return false
  try {
    return override.match(request) === true
  } catch {
    return false
  }
}
