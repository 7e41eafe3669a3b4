import type { IncomingMessage } from 'node:http'
import type { OptionCheck } from '../options/check.ts'
import { copiedPatterns } from '../options/patterns.ts'
import { pathOf } from './target.ts'

/** The requests that a middleware ignores: exact paths, patterns, or a predicate. */
export type Ignore = readonly (string | RegExp)[] | ((req: IncomingMessage) => boolean)

/** Probes, scrapes and the debug console: not traffic of the service. */
export const ignoredByDefault: readonly (string | RegExp)[] = [
  '/livez',
  '/readyz',
  '/startupz',
  '/healthz',
  '/metrics',
  /^\/debug(?:\/|$)/,
]

/**
 * Checks the option `ignore` and turns it into a predicate. A predicate of the user is returned as
 * is: the caller handles what it throws.
 */
export function ignoreOption(
  check: OptionCheck<string>,
  ignore: Ignore,
): (req: IncomingMessage) => boolean {
  if (typeof ignore === 'function') return ignore
  const entries = copiedPatterns(check, 'an array or a function', ignore)
  const paths = new Set(entries.filter((entry) => typeof entry === 'string'))
  const patterns = entries.filter((entry) => typeof entry !== 'string')
  return (req) => {
    const path = pathOf(req)
    return paths.has(path) || patterns.some((pattern) => pattern.test(path))
  }
}
