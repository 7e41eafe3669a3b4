import type { ServerResponse } from 'node:http'
import type { Handler } from '@clew/internal/requests/middleware'
import type { Health } from '../health.ts'
import { preferredType } from './accept.ts'
import { type Content, formats, mediaTypes, type ProbeResult } from './body.ts'

/**
 * What a handler answers: is the process alive, may it get traffic, has it started, and what
 * exactly is wrong.
 */
export type Kind = 'live' | 'ready' | 'startup' | 'details'

export const kinds: readonly Kind[] = ['live', 'ready', 'startup', 'details']

/** What the handlers answer from. */
export interface Source {
  check(): Promise<Health>
  isDraining(): boolean
  hasStarted(): boolean
}

export function createHandler(kind: Kind, source: Source): Handler {
  const contentOf: () => Promise<Content> = {
    live: async () => ({ status: 'pass' }) as const,
    ready: () => readiness(source),
    startup: () => startup(source),
    details: () => source.check(),
  }[kind]

  return (req, res) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      send(res, 405, { type: 'text/plain', body: 'method not allowed\n' }, { Allow: 'GET, HEAD' })
      return
    }
    const type = preferredType(req.headers.accept, mediaTypes)
    contentOf()
      .then((content) => {
        const body = formats[type](content)
        send(res, content.status === 'fail' ? 503 : 200, { type, body }, { Vary: 'Accept' })
      })
      // A response object that throws must not become an unhandled rejection.
      .catch(() => res.destroy())
  }
}

async function readiness(source: Source): Promise<ProbeResult> {
  if (source.isDraining()) return { status: 'fail', reason: 'draining' }
  const { status, draining, checks } = await source.check()
  if (draining) return { status: 'fail', reason: 'draining' }
  if (status === 'pass') {
    return checks.some(({ stale }) => stale) ? { status, reason: 'stale' } : { status }
  }
  return { status, reason: status === 'warn' ? 'degraded' : 'not ready' }
}

async function startup(source: Source): Promise<ProbeResult> {
  if (!source.hasStarted()) await source.check()
  return source.hasStarted() ? { status: 'pass' } : { status: 'fail', reason: 'starting' }
}

function send(
  res: ServerResponse,
  status: number,
  { type, body }: { readonly type: string; readonly body: string },
  headers: Readonly<Record<string, string>>,
): void {
  // The client may have disconnected, or other middleware answered, while the dependencies were
  // pinged.
  if (res.headersSent || res.destroyed) return
  res.writeHead(status, {
    'Content-Type': type.endsWith('json') ? type : `${type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  })
  // Node omits the body of an answer to HEAD.
  res.end(body)
}
