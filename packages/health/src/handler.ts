import type { IncomingMessage, ServerResponse } from 'node:http'
import { preferred } from './accept.ts'
import { formats, mediaTypes } from './body.ts'
import type { Health, Status } from './checker.ts'

/** Answers a request. Node's own types, so it can be mounted anywhere. */
export type Handler = (req: IncomingMessage, res: ServerResponse) => void

/** What a handler answers: is the process alive, may it get traffic, has it started, and what exactly is wrong. */
export type Kind = 'live' | 'ready' | 'startup' | 'details'

/** What a probe is told: a status, and one word on why. Names no dependency. */
export interface Verdict {
  readonly status: Status
  readonly reason?: 'draining' | 'starting' | 'degraded' | 'not ready'
}

interface Source {
  check(): Promise<Health>
  isDraining(): boolean
  hasStarted(): boolean
}

export const isKind = (kind: unknown): kind is Kind =>
  kind === 'live' || kind === 'ready' || kind === 'startup' || kind === 'details'

export function handlerOf(kind: Kind, source: Source): Handler {
  const answer = {
    live: async (): Promise<Verdict> => ({ status: 'pass' }),
    ready: () => readiness(source),
    startup: () => startup(source),
    details: () => source.check(),
  }[kind]

  return (req, res) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      send(res, 405, 'text/plain', 'method not allowed\n', { Allow: 'GET, HEAD' })
      return
    }
    const type = preferred(req.headers.accept, mediaTypes)
    answer()
      .then((content) => {
        const body = formats[type](content)
        send(res, content.status === 'fail' ? 503 : 200, type, body, { Vary: 'Accept' })
      })
      // A response object that throws is somebody else's fault, and no reason for an unhandled rejection.
      .catch(() => res.destroy())
  }
}

async function readiness(source: Source): Promise<Verdict> {
  if (source.isDraining()) return { status: 'fail', reason: 'draining' }
  const { status, draining } = await source.check()
  if (draining) return { status: 'fail', reason: 'draining' }
  if (status === 'pass') return { status }
  return { status, reason: status === 'warn' ? 'degraded' : 'not ready' }
}

async function startup(source: Source): Promise<Verdict> {
  if (!source.hasStarted()) await source.check()
  return source.hasStarted() ? { status: 'pass' } : { status: 'fail', reason: 'starting' }
}

function send(
  res: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): void {
  // The client, or something before us, may have ended the response while we were asking.
  if (res.headersSent || res.destroyed) return
  res.writeHead(status, {
    'Content-Type': type.endsWith('json') ? type : `${type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  })
  // Node leaves the body out of an answer to HEAD.
  res.end(body)
}
