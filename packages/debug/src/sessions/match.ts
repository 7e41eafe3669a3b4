import type { IncomingMessage } from 'node:http'
import { pathOf as pathOfTarget } from '@clew/internal/requests/target'
import { traceIdOf } from '../watch/trace-id.ts'
import type { SessionFilter } from './filter.ts'

export type Match = (request: IncomingMessage) => boolean

/**
 * Returns `undefined` for an empty filter: every request matches then. Says nothing of the user, who
 * is known later than the request.
 */
export function matchOf({
  path,
  method,
  header,
  traceId,
  share,
}: SessionFilter): Match | undefined {
  const tests: Match[] = []
  if (method !== undefined) tests.push((request) => request.method === method)
  if (path !== undefined) {
    const matches = pathMatcher(path)
    tests.push((request) => matches(pathOf(request)))
  }
  for (const [name, expected] of Object.entries(header ?? {})) {
    tests.push((request) => {
      const value = request.headers[name]
      if (expected === '*') return value !== undefined
      return Array.isArray(value) ? value.includes(expected) : value === expected
    })
  }
  if (traceId !== undefined) tests.push((request) => traceIdOf(request) === traceId)
  // The last one, since it is a share of those that match.
  if (share !== undefined && share < 1) tests.push((request) => isInShare(request, share))
  if (tests.length === 0) return undefined
  return (request) => tests.every((test) => test(request))
}

/** By the end of the trace's id, which is random, so that all processes choose alike. */
function isInShare(request: IncomingMessage, share: number): boolean {
  const end = traceIdOf(request)?.slice(-8)
  return (end === undefined ? Math.random() : Number.parseInt(end, 16) / 2 ** 32) < share
}

/** Counts what a filter has decided. A logger may ask for each line: a request counts once. */
export class CountedMatch {
  seen = 0
  matched = 0
  private readonly known = new WeakMap<IncomingMessage, boolean>()
  private readonly match: Match

  constructor(match: Match) {
    this.match = match
  }

  test(request: IncomingMessage): boolean {
    const known = this.known.get(request)
    if (known !== undefined) return known
    const matches = this.match(request)
    this.known.set(request, matches)
    this.seen += 1
    if (matches) this.matched += 1
    return matches
  }

  /** It matches after all. */
  admit(request: IncomingMessage): void {
    if (this.test(request)) return
    this.known.set(request, true)
    this.matched += 1
  }
}

export function pathMatcher(pattern: string): (path: string) => boolean {
  const below = pattern.endsWith('/*')
  const expected = segmentsOf(below ? pattern.slice(0, -2) : pattern)
  return (path) => {
    const segments = segmentsOf(path)
    if (below ? segments.length < expected.length : segments.length !== expected.length) {
      return false
    }
    return expected.every((part, index) =>
      part.startsWith(':') ? segments[index] !== '' : part === segments[index],
    )
  }
}

function segmentsOf(path: string): string[] {
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  return trimmed.split('/').slice(1)
}

/** The whole path, also inside a mounted router and for the absolute form that proxies send. */
export function pathOf(request: IncomingMessage): string {
  const target = pathOfTarget(request)
  const end = target.indexOf('#')
  const path = end < 0 ? target : target.slice(0, end)
  return path.startsWith('/') ? path : path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/'
}
