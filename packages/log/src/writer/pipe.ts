import type { Cluster } from 'node:cluster'
import { type BigIntStats, constants, fstatSync, openSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { isMainThread } from 'node:worker_threads'

// PIPE_BUF of POSIX, on Linux: a write of at most this size is atomic, whoever else writes to the
// pipe.
const atomicBytes = 4096

function statOf(place: number | string): BigIntStats | undefined {
  try {
    // As bigint: Node keeps the numbers of the last stat in one place, and realpathSync takes them
    // for those of another file. After a plain fstat of a pipe, an import through a symbolic link
    // can fail.
    return typeof place === 'number'
      ? fstatSync(place, { bigint: true })
      : statSync(place, { bigint: true })
  } catch {
    return undefined
  }
}

const isPipeLike = (stat: BigIntStats | undefined) =>
  stat !== undefined && (stat.isFIFO() || stat.isSocket())

/** A pipe or a socket: its reader can be slow, or gone. */
export const isPipe = (place: number | string): boolean => isPipeLike(statOf(place))

export const isNamedPipe = (path: string): boolean => statOf(path)?.isFIFO() === true

/** Equal for two descriptors or paths that lead to the same file or pipe. */
export function keyOf(place: number | string): string {
  const stat = statOf(place)
  // stdout and stderr are often one pipe.
  if (isPipeLike(stat)) return `pipe ${stat?.dev} ${stat?.ino}`
  // A number is reused after its file was closed.
  return typeof place === 'string' ? resolve(place) : `fd ${place} ${stat?.dev} ${stat?.ino}`
}

/**
 * A descriptor for the same pipe that does not block, since a blocking one stops the service
 * together with its reader. Undefined where there is none.
 */
export function unblocked(fd: number): number | undefined {
  if ((fd === 1 || fd === 2) && isMainThread) {
    // Node makes a pipe non-blocking when its stream is made.
    void (fd === 1 ? process.stdout : process.stderr)
    return fd
  }
  try {
    // Linux opens the same pipe anew, and the flag belongs to the new descriptor: others that write
    // to the pipe, here or in another process, are not affected.
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    // Nobody reads the pipe: writing fails at once.
    if ((error as NodeJS.ErrnoException).code === 'ENXIO' && !statOf(fd)?.isSocket()) return fd
  }
  // What a worker has opened is closed when it ends, except stdout and stderr: this one belongs to
  // others.
  if (!isMainThread && fd > 2) return undefined
  try {
    // A socket cannot be opened anew. Node sets the flag, which all who share the socket see, as it
    // does for stdout.
    const { Socket } = process.getBuiltinModule('node:net')
    new Socket({ fd, readable: false, writable: true }).unref()
    return fd
  } catch {
    return undefined
  }
}

/** Whether other processes of the same cluster write to the pipes of this one. */
export const isClusterWorker = (): boolean =>
  process.channel !== undefined &&
  (process.getBuiltinModule('node:cluster') as unknown as Cluster).isWorker

/**
 * As many whole lines as a pipe takes without mixing them with those of another process; a longer
 * line alone.
 */
export function unmixed(bytes: Buffer): Buffer {
  if (bytes.length <= atomicBytes) return bytes
  const end = bytes.lastIndexOf(0x0a, atomicBytes - 1)
  return bytes.subarray(0, (end === -1 ? bytes.indexOf(0x0a) : end) + 1)
}
