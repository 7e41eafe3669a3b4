import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

const pieceBytes = 256 * 1024

/**
 * Compresses without libuv's thread pool, which may be full just when a profile is wanted. In
 * pieces, so that a large profile does not block the event loop: a gzip file may consist of several
 * members (RFC 1952 2.2).
 */
export async function gzip(data: Uint8Array): Promise<Uint8Array> {
  const members = [gzipSync(data.subarray(0, pieceBytes))]
  for (let at = pieceBytes; at < data.length; at += pieceBytes) {
    await setImmediate()
    members.push(gzipSync(data.subarray(at, at + pieceBytes)))
  }
  return members.length === 1 ? (members[0] as Uint8Array) : Buffer.concat(members)
}
