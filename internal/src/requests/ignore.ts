import type { IncomingMessage } from 'node:http'
import { types } from 'node:util'
import type { OptionCheck } from '../options/check.ts'
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
  if (!Array.isArray(ignore)) throw check.error('ignore', 'an array or a function', ignore)
  const paths = new Set<string>()
  const patterns: RegExp[] = []
  for (const [index, entry] of (ignore as readonly unknown[]).entries()) {
    if (typeof entry === 'string') paths.add(entry)
    // The flags g and y make `test` stateful.
    else if (types.isRegExp(entry)) patterns.push(createStateless(entry))
    else throw check.error(`ignore[${index}]`, 'a string or a RegExp', entry)
  }
  return (req) => {
    const path = pathOf(req)
    return paths.has(path) || patterns.some((pattern) => pattern.test(path))
  }
}

const createStateless = ({ source, flags }: RegExp) =>
  new RegExp(source, flags.replace(/[gy]/g, ''))
