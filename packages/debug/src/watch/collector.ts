import type { IncomingMessage } from 'node:http'
import { listen, topicOf } from '@clew/internal/observers/topic'
import type { RequestRecord } from '@clew/internal/requests/contract'
import { routeOf } from '@clew/internal/requests/route'
import { isFailure } from '@clew/internal/requests/verdict'
import { Quota } from './quota.ts'
import { type EndedRequest, endedRequest, idOf, isTraffic, methodOf } from './requests.ts'
import type { Ring } from './ring.ts'
import type { SdkSpan } from './spans.ts'
import { spanTraceIdOf } from './trace-id.ts'
import type { Traces } from './traces.ts'
import { Traffic, type TrafficPoint } from './traffic.ts'
import { monitorVitals, type Vitals } from './vitals.ts'

/** One second of the process and of its traffic. */
export type Point = Vitals & TrafficPoint

/** A line that was written: JSON, with the number of its request. */
interface ShownLine {
  readonly request: number | undefined
  readonly json: string
}

/** What is recorded, each within its bound. */
export interface Recordings {
  readonly ended: Ring<EndedRequest>
  readonly lines: Ring<ShownLine>
  readonly traces: Traces
}

/** What is told by log. */
interface WatchedLine {
  readonly level: string
  readonly req: IncomingMessage | undefined
  /** It is made when it is read, and costs as much as to write the line. */
  readonly json: string
}

/** Listens to the process until it is stopped. */
export interface Collector {
  /** In flight, as far as they have begun since and no server knows of them. */
  readonly open: ReadonlySet<RequestRecord>
  readonly traffic: Traffic
  /** Call it once a second. */
  read(): Point
  stop(): void
}

/**
 * How many of one second are recorded at most, until nothing but what tells more is: all requests
 * are counted, but nobody can read thousands a second.
 */
const requestLimits = { ordinary: 100, notable: 150, failed: 200 } as const
/** Debug lines are those of a session, for which somebody has asked. */
const infoLines = 100
const lineLimits: Readonly<Record<string, number>> = {
  debug: 200,
  warn: 200,
  error: 250,
  fatal: 250,
}

export function collect({ ended, lines, traces }: Recordings): Collector {
  const vitals = monitorVitals()
  const traffic = new Traffic()
  const open = new Set<RequestRecord>()
  const requestQuota = new Quota()
  const lineQuota = new Quota()

  function onStarted(record: RequestRecord): void {
    // Server knows its own requests, and offers them.
    if (record.server === undefined) open.add(record)
  }

  function onEnded(record: RequestRecord): void {
    if (open.size > 0) open.delete(record)
    const { req, verdict } = record
    if (verdict === undefined || !isTraffic(req)) return
    const { durationMs, outcome } = verdict
    const failed = isFailure(verdict)
    const hasFailed = failed || outcome === 'aborted'
    const isNotable = traffic.add({
      method: methodOf(req),
      route: routeOf(req),
      failed,
      durationMs,
    })
    const { ordinary, notable, failed: most } = requestLimits
    const limit = hasFailed ? most : isNotable ? notable : ordinary
    const isRecorded = requestQuota.take(limit)
    if (isRecorded) ended.push(endedRequest(record), hasFailed)
    else ended.leaveOut()
    if (!isRecorded && !traces.hasUndecided) return
    const traceId = spanTraceIdOf(record)
    if (traceId === undefined) return
    if (isRecorded) traces.keep(traceId)
    else traces.forget(traceId)
  }

  function onLine(line: WatchedLine): void {
    const { level, req } = line
    if (lineQuota.take(lineLimits[level] ?? infoLines)) {
      lines.push({ request: req && idOf(req), json: line.json })
    } else lines.leaveOut()
  }

  const stops = [
    listen(topicOf<RequestRecord>('request.started'), onStarted),
    listen(topicOf<RequestRecord>('request.ended'), onEnded),
    listen(topicOf<WatchedLine>('log.line'), onLine),
    listen(topicOf<SdkSpan>('trace.span'), (span) => traces.add(span)),
  ]
  return {
    open,
    traffic,
    read() {
      requestQuota.tick()
      lineQuota.tick()
      return { ...vitals.read(), ...traffic.tick() }
    },
    stop() {
      vitals.stop()
      for (const stop of stops) stop()
    },
  }
}
