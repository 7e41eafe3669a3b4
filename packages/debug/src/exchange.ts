import type { IncomingMessage, ServerResponse } from 'node:http'
import { optionError } from './errors.ts'
import { isRecord } from './options.ts'

/** Never cached, never guessed, never framed. */
export const safeHeaders: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

export function answer(
  res: ServerResponse,
  status: number,
  type: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
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
  headers?: Readonly<Record<string, string>>,
): void {
  answer(res, status, 'application/json', `${JSON.stringify(value)}\n`, headers)
}

export function answerText(
  res: ServerResponse,
  status: number,
  text: string,
  headers?: Readonly<Record<string, string>>,
): void {
  answer(res, status, 'text/plain; charset=utf-8', `${text}\n`, headers)
}

/** A status with a reason that may be told to the client. */
export interface Refusal {
  readonly status: number
  readonly reason: string
  readonly code?: string
}

export const maxBodyBytes: number = 16 * 1024

/** The JSON object in the body; `{}` when there is none. Resolves with a refusal when it is something else. */
export async function readJson(
  req: IncomingMessage,
): Promise<{ readonly body: Record<string, unknown> } | { readonly refusal: Refusal }> {
  const { 'content-length': length, 'transfer-encoding': encoding } = req.headers
  const expected = Number(length ?? 0)
  if (expected === 0 && encoding === undefined && req.httpVersionMajor < 2) return { body: {} }
  if (expected > maxBodyBytes) return tooLarge
  const isJson = /^application\/json\s*(?:;|$)/i.test(req.headers['content-type'] ?? '')
  // A page of another site cannot send this type without asking first.
  const wrongType = refuse(415, 'the body must be application/json')
  if (req.readableEnded) {
    // A body parser in front of us has read it already.
    const { body } = req as { body?: unknown }
    if (!isJson) return wrongType
    return isRecord(body) ? { body } : refuse(400, 'the body must be a JSON object')
  }
  const text = await readText(req)
  if (text === undefined) return tooLarge
  if (text === '') return { body: {} }
  if (!isJson) return wrongType
  try {
    const body: unknown = JSON.parse(text)
    return isRecord(body) ? { body } : refuse(400, 'the body must be a JSON object')
  } catch {
    return refuse(400, 'the body is not valid JSON')
  }
}

/** Undefined when it is too large. The stream is not destroyed then, since that would take the answer with it. */
function readText(req: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBodyBytes) chunks.push(chunk)
      else {
        chunks.length = 0
        req.pause()
        resolve(undefined)
      }
    })
    req.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    req.on('error', reject)
    const left = () => reject(new Error('the client left'))
    if (req.destroyed) left()
    req.on('close', left)
  })
}

const refuse = (status: number, reason: string) => ({ refusal: { status, reason } })
const tooLarge = refuse(413, `the body is larger than ${maxBodyBytes} bytes`)

/** A number of the query string; absent: `undefined`. */
export function secondsOf(query: URLSearchParams, max: number): number | undefined {
  const text = query.get('seconds')
  if (text === null) return undefined
  const seconds = /^\d{1,5}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
  if (seconds >= 0.01 && seconds <= max) return seconds
  throw optionError(`seconds must be a number from 0.01 to ${max}`)
}
