import type { IncomingMessage } from 'node:http'
import { types } from 'node:util'
import type { OptionCheck } from '../options/check.ts'
import { pathOf } from './target.ts'

/** Requests that a middleware leaves out: exact paths, patterns, or a function. */
export type Ignore = readonly (string | RegExp)[] | ((req: IncomingMessage) => boolean)

/** Probes, scrapes and what people look at: no traffic of the service. */
export const ignoredByDefault: readonly (string | RegExp)[] = [
  '/livez',
  '/readyz',
  '/startupz',
  '/healthz',
  '/metrics',
  /^\/debug(?:\/|$)/,
]

/**
 * Checks the option `ignore`, and makes a function of it. The function given by the user is called as it is: whoever calls guards it.
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
    // A copy without the flags that make a pattern remember where it stopped.
    else if (types.isRegExp(entry)) patterns.push(withoutMemory(entry))
    else throw check.error(`ignore[${index}]`, 'a string or a RegExp', entry)
  }
  return (req) => {
    const path = pathOf(req)
    return paths.has(path) || patterns.some((pattern) => pattern.test(path))
  }
}

const withoutMemory = ({ source, flags }: RegExp) => new RegExp(source, flags.replace(/[gy]/g, ''))
