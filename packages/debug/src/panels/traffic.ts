import type { Point } from '../watch/collector.ts'
import type { EndedRequest, OpenRequest } from '../watch/requests.ts'
import type { EndedSpan } from '../watch/spans.ts'
import type { RouteTraffic } from '../watch/traffic.ts'
import type { Watch } from '../watch/watch.ts'
import { advice, isLoaded, readAll } from './parts.ts'

/** The states of the servers of this process. */
export interface ServerView {
  readonly state: string
  readonly inFlight: number
  readonly connections: number
}

export const servers = (): readonly ServerView[] =>
  readAll<ServerView>('server.state').map(({ state, inFlight, connections }) => {
    return { state, inFlight, connections }
  })

export interface LivePanel {
  readonly servers: readonly ServerView[]
  /** One for each second, oldest first. */
  readonly points: readonly Point[]
  readonly routes: readonly RouteTraffic[]
  readonly advice?: string
}

export function livePanel(watch: Watch): LivePanel {
  watch.look()
  const routes = watch.routes()
  return {
    servers: servers(),
    points: watch.points.since().items,
    routes,
    ...(routes.length === 0 && { advice: advice.requests }),
  }
}

export interface RequestsPanel {
  readonly open: readonly OpenRequest[]
  /** In flight: more than are listed, if they are many. */
  readonly openTotal: number
  /** Oldest first. */
  readonly ended: readonly EndedRequest[]
  /** How many ended requests it has not, or no longer. */
  readonly dropped: number
  readonly advice?: string
}

export function requestsPanel(watch: Watch): RequestsPanel {
  watch.look()
  const { requests, total } = watch.open()
  const ended = watch.ended.since().items
  return {
    open: requests,
    openTotal: total,
    ended,
    dropped: watch.ended.dropped,
    ...(total === 0 && ended.length === 0 && { advice: advice.requests }),
  }
}

export interface RequestPanel {
  readonly request: OpenRequest | EndedRequest
  /** Of its trace, in the order in which they began. */
  readonly spans: readonly EndedSpan[]
  readonly lines: readonly unknown[]
  /** How many lines are not there, or no longer, of all requests: some may be of this one. */
  readonly linesDropped?: number
  readonly advice?: string
}

/** One request with its spans and lines; undefined if it is not known, or no longer. */
export function requestPanel(watch: Watch, id: number): RequestPanel | undefined {
  watch.look()
  const request =
    watch.ended.since().items.find((each) => each.id === id) ??
    watch.open().requests.find((each) => each.id === id)
  if (request === undefined) return undefined
  const { traceId } = request
  const linesDropped = watch.lines.dropped
  const spans = traceId === undefined ? [] : watch.traces.of(traceId)
  return {
    request,
    spans,
    lines: watch.lines
      .since()
      .items.filter((line) => line.request === id)
      .map(({ json }) => JSON.parse(json)),
    ...(linesDropped > 0 && { linesDropped }),
    ...(spans.length === 0 && { advice: advice.spans }),
  }
}

/** The lines as JSON: they are JSON already, up to the number of the request. */
export function linesJson(watch: Watch, from?: number): { json: string; missed: number } {
  const { items, missed } = watch.lines.since(from)
  const lines = items.map(({ request, json }) => {
    return request === undefined ? json : `{"request":${request},${json.slice(1)}`
  })
  return { json: `[${lines.join(',')}]`, missed }
}

/** The text of the answer. */
export function linesPanel(watch: Watch): string {
  watch.look()
  const { json } = linesJson(watch)
  const rest = JSON.stringify({
    dropped: watch.lines.dropped,
    ...(!isLoaded('@clew/log/v1') && { advice: advice.lines }),
  })
  return `{"lines":${json},${rest.slice(1)}`
}
