import type { IncomingMessage, ServerResponse } from 'node:http'
import { findRecord } from '@clew/internal/requests/slot'
import type { RequestState } from '../requests/state.ts'
import { currentOf } from './passage.ts'

export type Refuse = (req: IncomingMessage, res: ServerResponse) => void

type Method = (this: ServerResponse, ...args: unknown[]) => unknown

/** A response that no function outside of a guard may give, and its methods before that. */
interface Watch {
  readonly refuse: Refuse
  readonly writeHead: Method
  readonly write: Method
  readonly end: Method
  progress: 'open' | 'refusing' | 'refused'
}

const key: unique symbol = Symbol.for('@clew/security/watch/v1') as never
interface Watched {
  [key]?: Watch
}

/**
 * From here on, a function that is mounted outside of a guard can pass the request on, or answer
 * with an error, but with nothing else. Set on the response, not on its prototype: an application
 * that such a function calls changes the prototype.
 */
export function watch(res: ServerResponse, refuse: Refuse): void {
  if ((res as Watched)[key] !== undefined) return
  const methods = res as unknown as Record<'writeHead' | 'write' | 'end', Method>
  const { writeHead, write, end } = methods
  ;(res as Watched)[key] = { refuse, writeHead, write, end, progress: 'open' }
  methods.writeHead = watchedWriteHead
  methods.write = watchedWrite
  methods.end = watchedEnd
}

function watchedWriteHead(this: ServerResponse, ...args: unknown[]): unknown {
  const watched = (this as Watched)[key] as Watch
  if (!isLetThrough(this, watched, args[0], bodyToCome(this, args.at(-1)))) return this
  return watched.writeHead.apply(this, args)
}

function watchedWrite(this: ServerResponse, ...args: unknown[]): unknown {
  const watched = (this as Watched)[key] as Watch
  if (!isLetThrough(this, watched, this.statusCode, args[0])) return true
  return watched.write.apply(this, args)
}

function watchedEnd(this: ServerResponse, ...args: unknown[]): unknown {
  const watched = (this as Watched)[key] as Watch
  const body = typeof args[0] === 'function' ? undefined : args[0]
  if (!isLetThrough(this, watched, this.statusCode, body)) return this
  return watched.end.apply(this, args)
}

/** Refuses the response, unless it is allowed. */
function isLetThrough(
  res: ServerResponse,
  watched: Watch,
  status: unknown,
  body: unknown,
): boolean {
  if (watched.progress !== 'open') return watched.progress === 'refusing'
  const { req } = res
  const state = findRecord(req)?.security as RequestState | undefined
  if (state === undefined || currentOf(state)?.inside !== 'open') return true
  if (typeof status === 'number' && (status >= 400 || status < 200)) return true
  if (req.method === 'OPTIONS' && isEmpty(body)) return true
  watched.progress = 'refusing'
  if (!res.headersSent) {
    for (const name of res.getHeaderNames()) if (isOfContent(name)) res.removeHeader(name)
  }
  watched.refuse(req, res)
  watched.progress = 'refused'
  return false
}

/** What a preflight is answered with has no body. Fastify says that there is one before it gives it. */
function bodyToCome(res: ServerResponse, headers: unknown): unknown {
  if (res.req.method !== 'OPTIONS') return undefined
  const given = typeof headers === 'object' && headers !== null ? Object.entries(headers) : []
  const field = given.find(([name]) => name.toLowerCase() === 'content-length')
  const length = field?.[1] ?? res.getHeader('content-length') ?? 0
  return Number(length) === 0 ? undefined : { length }
}

const isEmpty = (body: unknown) =>
  body === undefined || body === null || (body as { length?: unknown }).length === 0

/** Headers that say something about the content, or set something in the client. */
const isOfContent = (name: string) =>
  /^(?:content-.*|etag|last-modified|accept-ranges|age|expires|location|set-cookie|link|refresh|trailer|transfer-encoding|www-authenticate)$/.test(
    name,
  ) && !/^content-security-policy/.test(name)
