import type { IncomingMessage } from 'node:http'
import { show } from '@clew/internal/errors/show'
import type { Refusal } from './answer.ts'

const maxBodyBytes = 16 * 1024

type Body = { readonly body: Record<string, unknown> } | { readonly refusal: Refusal }

/**
 * The JSON object in the body; `{}` if there is no body. Resolves to a refusal for anything else.
 * @param where - the request, as its error messages name it
 */
export async function readJson(where: string, req: IncomingMessage): Promise<Body> {
  const refuse = (status: number, expected: string, received: string) => {
    return {
      refusal: { status, reason: `${where}: body must be ${expected}; received ${received}` },
    }
  }
  const objectOf = (body: unknown): Body =>
    isRecord(body) ? { body } : refuse(400, 'a JSON object', show(body))
  const tooLarge = refuse(413, `at most ${maxBodyBytes} bytes`, 'more')

  const { 'content-length': length, 'transfer-encoding': encoding } = req.headers
  const expectedBytes = Number(length ?? 0)
  if (expectedBytes === 0 && encoding === undefined && req.httpVersionMajor < 2) return { body: {} }
  if (expectedBytes > maxBodyBytes) return tooLarge
  const type = req.headers['content-type']
  const isJson = /^application\/json\s*(?:;|$)/i.test(type ?? '')
  // A page of another site cannot send this type without a preflight request.
  const wrongType = refuse(415, 'application/json', show(type))
  if (req.readableEnded) {
    // A body parser in front of the console has read it already.
    const { body } = req as { readonly body?: unknown }
    return isJson ? objectOf(body) : wrongType
  }
  const text = await readText(req)
  if (text === undefined) return tooLarge
  if (text === '') return { body: {} }
  if (!isJson) return wrongType
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return refuse(400, 'valid JSON', 'something else')
  }
  return objectOf(body)
}

/** Undefined if it is too large. Destroying the stream would also destroy the response. */
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
    const disconnected = () => reject(new Error('the client disconnected'))
    if (req.destroyed) disconnected()
    req.on('close', disconnected)
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
