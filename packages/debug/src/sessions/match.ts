import type { IncomingMessage } from 'node:http'
import { pathOf as pathOfTarget } from '@clew/internal/requests/target'
import type { SessionFilter } from './filter.ts'

export type Match = (request: IncomingMessage) => boolean

/** Returns `undefined` for an empty filter: every request matches then. */
export function matchOf({ path, method, header }: SessionFilter): Match | undefined {
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
  if (tests.length === 0) return undefined
  return (request) => tests.every((test) => test(request))
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
