import type { ServerResponse } from 'node:http'
import type { Denied } from '../guard/answer.ts'
import type { HeaderTarget } from '../guard/beside.ts'

/** The part of Fastify's reply that is used. */
export interface FastifyReply {
  readonly raw: ServerResponse
  code(status: number): FastifyReply
  getHeader(name: string): unknown
  header(name: string, value: unknown): FastifyReply
  send(body: Buffer): unknown
  /** Nothing is sent. */
  hijack(): unknown
}

/** Through Fastify's reply, so that `onSend` hooks see the response. */
export function replyFastify(to: FastifyReply, { status, headers, body }: Denied): unknown {
  to.code(status)
  for (const [name, value] of Object.entries(headers)) to.header(name, value)
  // Bytes: to a string, Fastify adds a charset, which JSON does not have.
  return to.send(Buffer.from(body))
}

export const fastifyHeaders = (to: FastifyReply): HeaderTarget => ({
  getHeader: (name) => to.getHeader(name),
  setHeader: (name, value) => to.header(name, value),
})
