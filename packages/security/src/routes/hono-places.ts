/** One function of a route. */
export interface HonoRoute {
  readonly method: string
  readonly path: string
  readonly handler: unknown
}

/** The applications that a function came in with, outermost first; none: the application itself. */
export type Place = readonly object[]

/** The part of a Hono application with which others are put into it. */
export interface HonoMounting {
  readonly routes: readonly HonoRoute[]
  route(path: string, app: { readonly routes: readonly HonoRoute[] }): unknown
  basePath(path: string): unknown
}

const places = new WeakMap<HonoRoute, Place>()

export const placeOf = (route: HonoRoute): Place => places.get(route) ?? []

/** Whether a guard at `outer` stands around what is at `inner`. */
export const isWithin = (inner: Place, outer: Place): boolean =>
  outer.every((each, index) => each === inner[index])

/**
 * From now on it is known of what `route` puts into the application where it came from. Hono copies
 * the functions of such an application, with the path in front of them.
 */
export function keepPlaces(app: HonoMounting): void {
  const { route, basePath } = app
  app.route = function (this: HonoMounting, path, inner) {
    const from = this.routes.length
    const result = route.call(this, path, inner)
    const own = {}
    for (const [index, added] of this.routes.slice(from).entries()) {
      const before = inner.routes[index]
      places.set(added, [own, ...(before === undefined ? [] : placeOf(before))])
    }
    return result
  }
  app.basePath = function (this: HonoMounting, path) {
    const result = basePath.call(this, path)
    keepPlaces(result as HonoMounting)
    return result
  }
}
