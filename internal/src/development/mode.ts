import { isatty } from 'node:tty'

/**
 * Why this process counts as development, in words that follow "since"; undefined: it does not.
 * NODE_ENV decides. Without it, a terminal as stdout does: a person watches. Tests, CI, containers and
 * whatever a service manager starts have none.
 */
export function developmentReason(): string | undefined {
  const mode = process.env['NODE_ENV']
  if (mode) return mode === 'development' ? 'NODE_ENV is development' : undefined
  return isatty(1) ? 'stdout is a terminal' : undefined
}
