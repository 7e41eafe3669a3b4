import { targetOf } from '@clew/internal/adapters/hono'
import { type Operation, operationOf } from '../guard/guard.ts'
import { answerHono, type HonoHandler, runNotFound, runOpen } from './hono-answer.ts'
import { type HonoRoute, isWithin, type Place, placeOf } from './hono-places.ts'

// The few properties of Hono that are needed.

/** A function of a route, and its parameters. */
type Matched = readonly [readonly [HonoHandler, HonoRoute], unknown]
type MatchResult = readonly [readonly Matched[], ...unknown[]]

export interface HonoRouter {
  readonly name: string
  add(method: string, path: string, handler: unknown): void
  match(method: string, path: string): MatchResult
}

/** What covers one function: the guard in front of it in its route. */
export interface HonoCover {
  readonly isGuard: boolean
  /** Middleware: it may pass a request on. */
  readonly isOpen: boolean
  readonly operation: Operation | undefined
}

/**
 * What covers each function, in order. A guard covers what is behind it, of the same method and
 * pattern, in the application that it is in, and in those that are put into that one.
 */
export function honoCovers(routes: readonly HonoRoute[]): readonly HonoCover[] {
  const guards = new Map<string, { readonly operation: Operation; readonly place: Place }[]>()
  return routes.map((each) => {
    const { method, path, handler } = each
    const target = targetOf(handler)
    const route = `${method} ${path}`
    const place = placeOf(each)
    const own = operationOf(target)
    const known = guards.get(route) ?? []
    if (own) guards.set(route, [...known, { operation: own, place }])
    // Hono does not tell `use` and `all` apart. A mounted application is a handler of this name.
    const isOpen =
      method === 'ALL' && target !== undefined && target.length > 1 && target.name !== 'handler'
    const guard = known.findLast((one) => isWithin(place, one.place))
    return { isGuard: own !== undefined, isOpen, operation: own ?? guard?.operation }
  })
}

const last: Matched = [[runNotFound, { method: 'ALL', path: '/*', handler: runNotFound }], {}]

/** A router that hands out only functions behind a guard, and refusals for the others. */
export function protectHonoRouter(
  inner: HonoRouter,
  fallback: ((behind: HonoHandler) => HonoHandler) | undefined,
): HonoRouter {
  // Hono's routers keep the lists of what matches, most of them.
  const known = new WeakMap<readonly Matched[], readonly Matched[]>()

  function guarded(matched: readonly Matched[]): readonly Matched[] {
    const covers = honoCovers(matched.map(([[, route]]) => route))
    return [
      ...matched.map((each, index): Matched => {
        const [[handler, route], parameters] = each
        const { operation, isOpen } = covers[index] as HonoCover
        if (operation !== undefined) return each
        return [[standInFor(handler, isOpen), route], parameters]
      }),
      last,
    ]
  }

  function standInFor(handler: HonoHandler, isOpen: boolean): HonoHandler {
    if (isOpen) return (hono, next) => runOpen(hono, next, handler)
    return fallback?.(handler) ?? ((hono) => answerHono(hono))
  }

  return {
    name: inner.name,
    add: (method, path, handler) => inner.add(method, path, handler),
    match(method, path) {
      const [matched, ...rest] = inner.match(method, path)
      let list = known.get(matched)
      if (list === undefined) {
        list = guarded(matched)
        known.set(matched, list)
      }
      return [list, ...rest]
    },
  }
}
