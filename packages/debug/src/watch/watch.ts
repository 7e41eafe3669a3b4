import type { IncomingMessage } from 'node:http'
import { listen, topicOf } from '@clew/internal/observers/topic'
import type { RequestRecord } from '@clew/internal/requests/record'
import { isFailure } from '@clew/internal/requests/verdict'
import {
  type EndedRequest,
  endedRequest,
  idOf,
  isTraffic,
  type OpenRequest,
  openRequest,
  openRequests,
} from './requests.ts'
import { Ring } from './ring.ts'
import { type EndedSpan, endedSpan } from './spans.ts'
import { type RouteTraffic, Traffic, type TrafficPoint } from './traffic.ts'
import { monitorVitals, type Vitals, type VitalsMonitor } from './vitals.ts'

/** One second of the process and of its traffic. */
export type Point = Vitals & TrafficPoint

/** A line that was written: JSON, with the number of its request. */
interface ShownLine {
  readonly request: number | undefined
  readonly json: string
}

export const bounds = { points: 300, requests: 200, lines: 1000, spans: 1000 } as const

/**
 * What goes on in the process, as long as somebody looks. While nobody does it has no timer, keeps
 * nothing, and is told nothing.
 */
export interface Watch {
  readonly points: Ring<Point>
  readonly ended: Ring<EndedRequest>
  readonly lines: Ring<ShownLine>
  readonly spans: Ring<EndedSpan>
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
  const ended = new Ring<EndedRequest>(bounds.requests)
  const lines = new Ring<ShownLine>(bounds.lines)
  const spans = new Ring<EndedSpan>(bounds.spans)
  const followers = new Set<() => void>()
  let lookedAtMs = 0
  let running: Running | undefined
  let stopped = false
  let timer: NodeJS.Timeout | undefined

  function start(): void {
    if (running !== undefined || stopped) return
    running = collect({ ended, lines, spans })
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
    for (const ring of [points, ended, lines, spans]) ring.clear()
  }

  function look(): void {
    lookedAtMs = performance.now()
    start()
  }

  return {
    points,
    ended,
    lines,
    spans,
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

interface Running {
  readonly open: ReadonlySet<RequestRecord>
  readonly traffic: Traffic
  read(): Point
  stop(): void
}

interface Rings {
  readonly ended: Ring<EndedRequest>
  readonly lines: Ring<ShownLine>
  readonly spans: Ring<EndedSpan>
}

interface WatchedLine {
  readonly req: IncomingMessage | undefined
  readonly json: string
}

function collect({ ended, lines, spans }: Rings): Running {
  const vitals: VitalsMonitor = monitorVitals()
  const traffic = new Traffic()
  const open = new Set<RequestRecord>()
  const stops = [
    listen(topicOf<RequestRecord>('request.started'), (record) => open.add(record)),
    listen(topicOf<RequestRecord>('request.ended'), (record) => {
      open.delete(record)
      const { verdict } = record
      if (verdict === undefined || !isTraffic(record.req)) return
      const request = endedRequest(record)
      ended.push(request)
      const { method, route, durationMs } = request
      traffic.add({ method, route, durationMs, failed: isFailure(verdict) })
    }),
    listen(topicOf<WatchedLine>('log.line'), ({ req, json }) => {
      lines.push({ request: req && idOf(req), json })
    }),
    listen(topicOf<Parameters<typeof endedSpan>[0]>('trace.span'), (span) => {
      spans.push(endedSpan(span))
    }),
  ]
  return {
    open,
    traffic,
    read: () => ({ ...vitals.read(), ...traffic.tick() }),
    stop() {
      vitals.stop()
      for (const stop of stops) stop()
    },
  }
}
