import { Latencies } from './latencies.ts'

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
  readonly method: string
  readonly route: string | undefined

  constructor(method: string, route: string | undefined) {
    this.method = method
    this.route = route
  }
}

/** Rate, errors and latency, for all requests and by route. */
export class Traffic {
  private readonly routes = new Map<string, Route>()
  private second = new Latencies()
  private secondErrors = 0
  private olderTicks = 0
  private newerTicks = 0

  add({ method, route, failed, durationMs }: Ended): void {
    this.second.add(durationMs)
    if (failed) this.secondErrors++
    const entry = this.entryOf(method, route)
    entry.total++
    entry.newer.latencies.add(durationMs)
    if (failed) {
      entry.errors++
      entry.newer.errors++
    }
  }

  private entryOf(method: string, route: string | undefined): Route {
    const key = `${method} ${route ?? ''}`
    const known = this.routes.get(key)
    if (known !== undefined) return known
    if (this.routes.size >= maxRoutes) return this.entryOfRest()
    const entry = new Route(method, route)
    this.routes.set(key, entry)
    return entry
  }

  /** All that came after there were too many. */
  private entryOfRest(): Route {
    const rest = this.routes.get('') ?? new Route('other', undefined)
    this.routes.set('', rest)
    return rest
  }

  /** Call it once a second. */
  tick(): TrafficPoint {
    const point: TrafficPoint = {
      requests: this.second.count,
      errors: this.secondErrors,
      p50Ms: rounded(this.second.quantile(0.5)),
      p99Ms: rounded(this.second.quantile(0.99)),
    }
    this.second.clear()
    this.secondErrors = 0
    this.newerTicks++
    if (this.newerTicks >= halfTicks) {
      this.olderTicks = this.newerTicks
      this.newerTicks = 0
      for (const route of this.routes.values()) {
        route.older = route.newer
        route.newer = new Half()
      }
    }
    return point
  }

  /** The busiest first. */
  list(): readonly RouteTraffic[] {
    const seconds = Math.max(1, this.olderTicks + this.newerTicks)
    return [...this.routes.values()]
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
