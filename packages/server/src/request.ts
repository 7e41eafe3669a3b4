import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { ServerError } from './errors.ts'

/** A request that is being served. */
export interface ActiveRequest {
  readonly method: string
  readonly path: string
  readonly startedAt: number
  readonly socket: Socket
  readonly res: ServerResponse
  /** The shutdown's deadline came before the end of the response. */
  cut: boolean
  readonly signal: AbortSignal
  /** Why the signal is aborted; undefined if it is not. */
  reason(): ServerError | undefined
  /** Tells whoever holds the signal that the shutdown's deadline is near. */
  abort(): void
  /** The response is closed. */
  ended(): void
}

// Registered, so that the ESM and the CommonJS copy in one process find each other's requests.
const key = Symbol.for('@clew/server/request/v1')

type Carrier = IncomingMessage & { [key]?: ActiveRequest }

export function activate(req: IncomingMessage, res: ServerResponse): ActiveRequest {
  let controller: AbortController | undefined
  const request: ActiveRequest = {
    method: req.method ?? '',
    path: pathOf(req.url ?? ''),
    startedAt: performance.now(),
    socket: req.socket,
    res,
    cut: false,
    // Made when somebody asks: most requests never do.
    get signal() {
      if (!controller) {
        controller = new AbortController()
        if (res.destroyed && !res.writableFinished) controller.abort(clientGone())
      }
      return controller.signal
    },
    reason: () => controller?.signal.reason as ServerError | undefined,
    abort() {
      controller ??= new AbortController()
      controller.abort(
        new ServerError('ERR_SERVER_CLOSING', 'the server shuts down and the deadline is near'),
      )
    },
    ended() {
      if (!res.writableFinished) controller?.abort(clientGone())
    },
  }
  ;(req as Carrier)[key] = request
  return request
}

/**
 * A signal for the work done on behalf of this request. It aborts when the client has gone before the end of the response
 * (`ERR_SERVER_CLIENT_GONE`), and shortly before a shutdown cuts the request (`ERR_SERVER_CLOSING`).
 * With Fastify give `request.raw`, with Koa `ctx.req`. A request that no Clew server serves has a signal that never aborts.
 */
export function signal(req: IncomingMessage): AbortSignal {
  return (req as Carrier)[key]?.signal ?? new AbortController().signal
}

/** Why this request was aborted, as far as somebody listened and `error` is the consequence. */
export function abortOf(req: IncomingMessage, error: unknown): 'closing' | 'gone' | undefined {
  const reason = (req as Carrier)[key]?.reason()
  if (!reason) return undefined
  const follows = error === reason || (error as { name?: unknown } | null)?.name === 'AbortError'
  if (!follows) return undefined
  return reason.code === 'ERR_SERVER_CLOSING' ? 'closing' : 'gone'
}

const clientGone = () =>
  new ServerError('ERR_SERVER_CLIENT_GONE', 'the client closed the connection')

/** Without the query, which may hold secrets. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  return (end < 0 ? url : url.slice(0, end)).slice(0, 200)
}
