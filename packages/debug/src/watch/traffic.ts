import { bucketOf, Latencies } from './latencies.ts'

/** The requests that ended in one second. */
export interface TrafficPoint {
  readonly requests: number
  readonly errors: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

/** The requests of one route: in all since somebody looks, and in the last minute. */
export interface RouteTraffic {
  readonly method: string
  /** Undefined: no route is known, or it is one of too many. */
  readonly route: string | undefined
  readonly total: number
  readonly errors: number
  readonly recent: number
  readonly recentErrors: number
  readonly perSecond: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly maxMs: number
}

export interface Ended {
  readonly method: string
  readonly route: string | undefined
  readonly failed: boolean
  readonly durationMs: number
}

export const maxRoutes = 100
/** A request is slow if no more than so many took as long in the second before. */
export const slowPerSecond = 50
/** Two halves, of which the older one is forgotten: 30 to 60 seconds. */
const halfTicks = 30

class Half {
  errors = 0
  readonly latencies = new Latencies()
}

class Route {
  total = 0
  errors = 0
  older = new Half()
  newer = new Half()
  /** The second of its latest request. */
  seenIn = -1
  readonly method: string
  readonly route: string | undefined

  constructor(method: string, route: string | undefined) {
    this.method = method
    this.route = route
  }
}

/** Rate, errors and latency, for all requests and by route. */
export class Traffic {
  private readonly routes: Route[] = []
  /** By template, then by method: joined to one key, each request would make a string to look up. */
  private readonly byTemplate = new Map<string | undefined, Map<string, Route>>()
  /** All that came after there were too many. */
  private rest: Route | undefined
  private second = new Latencies()
  private seconds = 0
  private secondErrors = 0
  private slowBucket = Number.POSITIVE_INFINITY
  private olderTicks = 0
  private newerTicks = 0

  /**
   * Returns whether the request tells more than others: it is the first of its route in this second,
   * or slow.
   */
  add({ method, route, failed, durationMs }: Ended): boolean {
    const bucket = bucketOf(durationMs)
    const entry = this.routeOf(method, route)
    this.second.add(durationMs, bucket)
    entry.total++
    entry.newer.latencies.add(durationMs, bucket)
    if (failed) {
      this.secondErrors++
      entry.errors++
      entry.newer.errors++
    }
    const isFirst = entry.seenIn !== this.seconds
    entry.seenIn = this.seconds
    return isFirst || bucket >= this.slowBucket
  }

  private routeOf(method: string, route: string | undefined): Route {
    return this.byTemplate.get(route)?.get(method) ?? this.addRoute(method, route)
  }

  private addRoute(method: string, route: string | undefined): Route {
    if (this.routes.length < maxRoutes) {
      const entry = new Route(method, route)
      const methods = this.byTemplate.get(route) ?? new Map<string, Route>()
      this.byTemplate.set(route, methods.set(method, entry))
      this.routes.push(entry)
      return entry
    }
    if (this.rest === undefined) {
      this.rest = new Route('other', undefined)
      this.routes.push(this.rest)
    }
    return this.rest
  }

  /** Call it once a second. */
  tick(): TrafficPoint {
    const { second } = this
    const point: TrafficPoint = {
      requests: second.count,
      errors: this.secondErrors,
      p50Ms: rounded(second.quantile(0.5)),
      p99Ms: rounded(second.quantile(0.99)),
    }
    // A few requests do not tell how long they take.
    if (second.count > 2 * slowPerSecond) this.slowBucket = second.bucketOfLongest(slowPerSecond)
    second.clear()
    this.seconds++
    this.secondErrors = 0
    this.newerTicks++
    if (this.newerTicks >= halfTicks) {
      this.olderTicks = this.newerTicks
      this.newerTicks = 0
      for (const route of this.routes) {
        route.older = route.newer
        route.newer = new Half()
      }
    }
    return point
  }

  /** The busiest first. */
  list(): readonly RouteTraffic[] {
    const seconds = Math.max(1, this.olderTicks + this.newerTicks)
    return this.routes
      .map(({ method, route, total, errors, older, newer }) => {
        const latencies = new Latencies()
        latencies.addAll(older.latencies)
        latencies.addAll(newer.latencies)
        return {
          method,
          route,
          total,
          errors,
          recent: latencies.count,
          recentErrors: older.errors + newer.errors,
          perSecond: Number((latencies.count / seconds).toFixed(2)),
          p50Ms: rounded(latencies.quantile(0.5)),
          p99Ms: rounded(latencies.quantile(0.99)),
          maxMs: Number(latencies.maxMs.toFixed(2)),
        }
      })
      .sort((a, b) => b.recent - a.recent || b.total - a.total)
  }
}

const rounded = (ms: number | null) => (ms === null ? null : Number(ms.toFixed(2)))
