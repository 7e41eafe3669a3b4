import type { RequestLike } from '../policy/request.ts'

/** Whether the client has left, so that nobody waits for the response. */
export function hasLeft(req: RequestLike): boolean {
  // HTTP/2: the connection goes on.
  const { stream } = req as { stream?: { readonly destroyed?: boolean } }
  return (stream ?? req.socket)?.destroyed === true
}
