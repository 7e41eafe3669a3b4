import type { IncomingMessage, ServerResponse } from 'node:http'

/** Bytes of the body: as declared, or what the socket has sent besides the header, the framing of chunks and early hints included. */
export function bytesOf(
  method: string,
  res: ServerResponse,
  socket: IncomingMessage['socket'] | undefined,
  sentBefore: number,
): number | undefined {
  const { statusCode } = res
  if (method === 'HEAD' || statusCode === 204 || statusCode === 304) return 0
  const declared = Number(res.getHeader('content-length') ?? Number.NaN)
  if (Number.isSafeInteger(declared)) return declared
  const header = (res as { _header?: unknown })._header
  if (typeof header !== 'string' || socket === undefined) return undefined
  const sent = socket.bytesWritten - sentBefore - Buffer.byteLength(header, 'latin1')
  return sent >= 0 ? sent : undefined
}
