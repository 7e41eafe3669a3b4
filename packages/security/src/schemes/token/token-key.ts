import { hash } from 'node:crypto'

interface Latest {
  readonly token: string
  readonly key: string
}

// A client sends one token with all requests of a connection. It stays in memory as long as that.
const latest = new WeakMap<object, Latest>()

/**
 * Under which the verdict about a token is kept: the hash of the whole token, since its parts can be
 * recombined, and no token should lie in the memory of the process for longer than it is used. For a
 * token that came over the same connection before, the hash is known.
 */
export function keyOf(token: string, socket: object): string {
  const last = latest.get(socket)
  if (last?.token === token) return last.key
  const key = hash('sha256', token, 'base64')
  latest.set(socket, { token, key })
  return key
}
