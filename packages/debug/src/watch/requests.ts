import type { IncomingMessage } from 'node:http'
import { offered } from '@clew/internal/observers/source'
import type { Operation, RequestRecord } from '@clew/internal/requests/contract'
import { ignoredByDefault } from '@clew/internal/requests/ignore'
import { routeOf } from '@clew/internal/requests/route'
import { findRecord } from '@clew/internal/requests/slot'
import { pathOf } from '@clew/internal/requests/target'
import { errorTypeOf } from '@clew/internal/requests/verdict'
import { spanTraceIdOf } from './trace-id.ts'

/** A request in flight. Without query, headers and body. */
export interface OpenRequest {
  readonly id: number
  readonly method: string
  readonly path: string
  /** Undefined until the router has run, and where no template is known. */
  readonly route: string | undefined
  readonly operation: Operation | undefined
  readonly startedAtMs: number
  readonly ageMs: number
  readonly traceId: string | undefined
}

/** A request that has ended. */
export interface EndedRequest extends Omit<OpenRequest, 'ageMs'> {
  readonly outcome: string
  readonly status: number | undefined
  /** A short word, as in the metrics: never the message of an error. */
  readonly error: string | undefined
  readonly durationMs: number
  readonly bytes: number | undefined
}

const maxPath = 200

const ids = new WeakMap<IncomingMessage, number>()
let lastId = 0

/** A number for each request, the same wherever it is shown. */
export function idOf(req: IncomingMessage): number {
  const known = ids.get(req)
  if (known !== undefined) return known
  lastId++
  ids.set(req, lastId)
  return lastId
}

export const methodOf = (req: IncomingMessage): string => (req.method ?? '').slice(0, 32)

/** Probes, scrapes and the console itself are not traffic of the service. */
export function isTraffic(req: IncomingMessage): boolean {
  const path = pathOf(req)
  return !ignoredByDefault.some((ignored) =>
    typeof ignored === 'string' ? ignored === path : ignored.test(path),
  )
}

/** Those in flight, the oldest first, whoever knows of them. */
export function openRequests(heard: Iterable<RequestRecord>): readonly RequestRecord[] {
  const records = new Set<RequestRecord>(heard)
  for (const read of offered('request.open')) {
    for (const req of requestsOf(read)) {
      const record = findRecord(req)
      if (record?.res !== undefined) records.add(record)
    }
  }
  return [...records]
    .filter(({ verdict, req }) => verdict === undefined && isTraffic(req))
    .sort((a, b) => a.startMs - b.startMs)
}

function requestsOf(read: () => unknown): Iterable<IncomingMessage> {
  try {
    return read() as Iterable<IncomingMessage>
  } catch {
    return []
  }
}

export function openRequest(record: RequestRecord): OpenRequest {
  const ageMs = performance.now() - record.startMs
  return Object.assign(described(record), { ageMs: Math.round(ageMs) })
}

export function endedRequest(record: RequestRecord): EndedRequest {
  const { verdict } = record
  return Object.assign(described(record), {
    outcome: verdict?.outcome ?? 'answered',
    status: verdict?.status,
    error: verdict && errorTypeOf(verdict),
    durationMs: Number((verdict?.durationMs ?? 0).toFixed(2)),
    bytes: verdict?.bytes,
  })
}

/**
 * What both have. More is added with `Object.assign`, as this runs for every request while somebody
 * looks: Node 20 takes nearly a microsecond for each property behind a spread.
 */
function described(record: RequestRecord): Omit<OpenRequest, 'ageMs'> {
  const { req, operation, startMs } = record
  return {
    id: idOf(req),
    method: methodOf(req),
    path: pathOf(req).replace(/#.*$/s, '').slice(0, maxPath),
    route: routeOf(req),
    operation,
    startedAtMs: Math.round(performance.timeOrigin + startMs),
    traceId: spanTraceIdOf(record),
  }
}
