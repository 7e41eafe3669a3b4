import { type Collector, collect, type Point, type Recordings } from './collector.ts'
import { type OpenRequest, openRequest, openRequests } from './requests.ts'
import { Ring } from './ring.ts'
import { Traces } from './traces.ts'
import type { RouteTraffic } from './traffic.ts'

export const bounds = { points: 300, requests: 200, failed: 100, lines: 1000, spans: 1000 } as const

/**
 * What goes on in the process, as long as somebody looks. While nobody does it has no timer, keeps
 * nothing, and is told nothing.
 */
export interface Watch extends Recordings {
  readonly points: Ring<Point>
  /** Those in flight, the oldest first, and how many there are in all. */
  open(): { readonly requests: readonly OpenRequest[]; readonly total: number }
  routes(): readonly RouteTraffic[]
  /** Somebody looks, now and for the next half minute. */
  look(): void
  /** Somebody looks on, and is told each second, until the returned function is called. */
  follow(onTick: () => void): () => void
  stop(): void
}

const tickMs = 1000
const lookMs = 30_000

export function createWatch(): Watch {
  const points = new Ring<Point>(bounds.points)
  const recordings: Recordings = {
    ended: new Ring(bounds.requests, bounds.failed),
    lines: new Ring(bounds.lines),
    traces: new Traces(bounds.requests + bounds.failed, bounds.spans),
  }
  const followers = new Set<() => void>()
  let lookedAtMs = 0
  let running: Collector | undefined
  let stopped = false
  let timer: NodeJS.Timeout | undefined

  function start(): void {
    if (running !== undefined || stopped) return
    running = collect(recordings)
    timer = setInterval(tick, tickMs).unref()
    // The first second is not over, but who looks now wants to see something.
    points.push(running.read())
  }

  function tick(): void {
    if (running === undefined) return
    if (followers.size === 0 && performance.now() - lookedAtMs > lookMs) {
      end()
      return
    }
    points.push(running.read())
    for (const onTick of followers) onTick()
  }

  function end(): void {
    clearInterval(timer)
    running?.stop()
    running = undefined
    for (const each of [points, ...Object.values(recordings)]) each.clear()
  }

  function look(): void {
    lookedAtMs = performance.now()
    start()
  }

  return {
    points,
    ...recordings,
    open() {
      const records = openRequests(running?.open ?? [])
      return {
        requests: records.slice(0, bounds.requests).map(openRequest),
        total: records.length,
      }
    },
    routes: () => running?.traffic.list() ?? [],
    look,
    follow(onTick) {
      followers.add(onTick)
      look()
      return () => {
        followers.delete(onTick)
        lookedAtMs = performance.now()
      }
    },
    stop() {
      stopped = true
      followers.clear()
      end()
    },
  }
}
