import type { ServerResponse } from 'node:http'
import { codeOf } from '@clew/internal/errors/error'

type Headers = Readonly<Record<string, string>>

/** Not cached, not sniffed, not framed. */
export const safeHeaders: Headers = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

export interface Content {
  readonly type: string
  readonly body: string | Uint8Array
}

export function answer(
  res: ServerResponse,
  status: number,
  { type, body }: Content,
  headers: Headers = {},
): void {
  if (res.headersSent || res.destroyed) return
  res.writeHead(status, {
    ...safeHeaders,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  })
  res.end(res.req.method === 'HEAD' ? undefined : body)
}

export function answerJson(
  res: ServerResponse,
  status: number,
  value: unknown,
  headers?: Headers,
): void {
  answer(res, status, { type: 'application/json', body: `${JSON.stringify(value)}\n` }, headers)
}

export function answerText(
  res: ServerResponse,
  status: number,
  text: string,
  headers?: Headers,
): void {
  answer(res, status, { type: 'text/plain; charset=utf-8', body: `${text}\n` }, headers)
}

/** A status with a reason that the client may see. */
export interface Refusal {
  readonly status: number
  readonly reason: string
  readonly code?: string
}

export function refuse(res: ServerResponse, { status, reason, code }: Refusal): void {
  // The rest of a body that nobody reads must not be taken for the next request.
  const close = status === 413 && res.req.httpVersionMajor < 2 ? { Connection: 'close' } : {}
  answerJson(res, status, { error: reason, ...(code && { code }) }, close)
}

export const notFound: Refusal = { status: 404, reason: 'there is nothing here: see /debug/' }

const statuses: Readonly<Record<string, number>> = {
  ERR_DEBUG_OPTION: 400,
  ERR_DEBUG_NO_SAMPLER: 400,
  ERR_DEBUG_BUSY: 409,
  ERR_DEBUG_TOO_MANY_SESSIONS: 409,
  // Not 503: asking again does not help, and a proxy must not.
  ERR_DEBUG_MEMORY: 507,
  ERR_DEBUG_UNAVAILABLE: 501,
  ERR_DEBUG_CANCELLED: 503,
  ERR_DEBUG_CLOSED: 503,
}

/** The refusal for an error of this package; undefined for any other error. */
export function refusalOf(error: unknown): Refusal | undefined {
  const code = codeOf(error) ?? ''
  const status = Object.hasOwn(statuses, code) ? statuses[code] : undefined
  return status === undefined ? undefined : { status, reason: (error as Error).message, code }
}
