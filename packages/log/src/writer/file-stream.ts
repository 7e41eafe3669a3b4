import fs, { WriteStream } from 'node:fs'
import type { Writable } from 'node:stream'

interface Buffered {
  readonly chunk: unknown
}

/** What Node's streams of files have beside what is documented. */
interface FileStream extends WriteStream {
  readonly fd: number | null
  readonly flags?: unknown
  readonly pos?: unknown
  readonly writableBuffer?: readonly Buffered[]
}

const opensWithinMs = 20
const sleeper = new Int32Array(new SharedArrayBuffer(4))
const written = new WeakSet<Buffered>()

/**
 * At the end of the process, when no event loop comes any more: writes what waits in a stream of a
 * file, as the stream would have.
 * @returns whether it did; what the stream has begun to write, Node finishes before it ends
 */
export function writeBuffered(stream: Writable): boolean {
  if (!isPlain(stream)) return false
  try {
    const waiting = stream.writableBuffer?.filter((item) => !written.has(item))
    if (waiting === undefined) return false
    const fd = stream.fd ?? openedAgain(stream)
    // A named pipe may have nobody who reads, and would be waited for.
    if (fd === undefined || !fs.fstatSync(fd).isFile()) return false
    for (const item of waiting) {
      const bytes = item.chunk as Buffer
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at)
      written.add(item)
    }
    return true
  } catch {
    return false
  }
}

/** Whether it appends to a file of the file system, and nobody has changed how. */
function isPlain(stream: Writable): stream is FileStream {
  if (!(stream instanceof WriteStream)) return false
  const { pos, errored } = stream as FileStream
  const used = Object.getOwnPropertySymbols(stream).find(({ description }) => description === 'kFs')
  const isOfNode = used !== undefined && Reflect.get(stream, used) === fs
  const isChanged = ['_write', '_writev', 'write'].some((name) => Object.hasOwn(stream, name))
  return isOfNode && !isChanged && pos === undefined && errored === null
}

/** Of a stream that has not been told yet that its file is open. */
function openedAgain({ path, flags }: FileStream): number | undefined {
  if (flags !== 'a' && flags !== 'w') return undefined
  // It empties the file when it opens it: not after this.
  if (flags === 'w') Atomics.wait(sleeper, 0, 0, opensWithinMs)
  return fs.openSync(path, 'a')
}
