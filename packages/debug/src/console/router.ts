import type { ServerResponse } from 'node:http'
import { answerJson, notFound, refuse } from './answer.ts'
import type { DebugRequest, Handle } from './request.ts'

export interface Route {
  /**
   * Below `/debug/`. `:id` is the id of a session; `?name` requires this parameter in the query.
   */
  readonly path: string
  /** The handler of each method, or of several: `GET, HEAD`. */
  readonly methods: Readonly<Record<string, Handle>>
  /** Answers any other method. @defaultValue a 405 that lists the methods */
  readonly otherwise?: Handle
}

/** Answers with the first route that matches; a 404 if none does. */
export function createRouter(routes: readonly Route[]): Handle {
  const matchers = routes.map((route) => ({ route, matches: matcherOf(route) }))
  return (request) => {
    const { req, res } = request
    const route = matchers.find(({ matches }) => matches(request))?.route
    if (!route) return refuse(res, notFound)
    const { methods, otherwise } = route
    const handle = Object.entries(methods).find(([names]) => {
      return names.split(', ').includes(req.method ?? '')
    })?.[1]
    if (handle) return handle(request)
    if (otherwise) return otherwise(request)
    refuseMethod(res, Object.keys(methods).join(', '))
  }
}

function matcherOf({ path }: Route): (request: DebugRequest) => boolean {
  const [below = '', parameter] = path.split('?')
  const pattern = new RegExp(`^${below.replace(':id', '[0-9a-f]{12}')}$`)
  return (request) =>
    pattern.test(request.path) && (parameter === undefined || request.query.has(parameter))
}

/** @param hint - what to use instead, after the list of methods */
export function refuseMethod(res: ServerResponse, allowed: string, hint = ''): void {
  answerJson(res, 405, { error: `use ${allowed}${hint}` }, { Allow: allowed })
}
