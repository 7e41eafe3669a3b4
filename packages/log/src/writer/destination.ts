import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { LogError } from '../errors.ts'
import { complain } from './complaint.ts'
import { isClusterWorker, isNamedPipe, isPipe, unblocked, unmixed } from './pipe.ts'

/** Where bytes go. `take` returns how many it took; it is asked again until it takes none: full for now. It throws when broken. */
export interface Destination {
  readonly name: string
  /** Written at once, line by line, since a person watches and other output is mixed in. */
  readonly interactive: boolean
  /** Whether waiting without returning to the event loop can help. */
  readonly waitable: boolean
  /** Whether there is nothing to wait for when nobody reads any more (EPIPE). */
  readonly mortal: boolean
  /** Does not keep `bytes`. `said`: how many lines they say are missing, if they are the line that says so. */
  take(bytes: Buffer, said: number): number
  /** Called after an error, before the next attempt. May throw. */
  reopen?(): void
  /** Resolves when all that it took is written or lost, or at the deadline. */
  end?(deadline: number): Promise<void>
}

const full: ReadonlySet<string | undefined> = new Set(['EAGAIN', 'EWOULDBLOCK', 'EBUSY', 'EINTR'])

function takeBytes(fd: number, bytes: Buffer): number {
  try {
    return writeSync(fd, bytes)
  } catch (error) {
    if (full.has((error as NodeJS.ErrnoException).code)) return 0
    throw error
  }
}

/** A file descriptor that somebody else has opened. */
export function toFd(fd: number): Destination {
  const name = fd === 1 ? 'stdout' : fd === 2 ? 'stderr' : `file descriptor ${fd}`
  const pipe = isPipe(fd)
  const free = pipe ? unblocked(fd) : fd
  if (free === undefined) {
    complain(`${name}: a pipe that blocks: while its reader is slow, this process stands still`)
  }
  const own = free ?? fd
  const mixed = pipe && isClusterWorker()
  return {
    name,
    interactive: isatty(fd),
    waitable: true,
    mortal: true,
    take: (bytes) => takeBytes(own, mixed ? unmixed(bytes) : bytes),
  }
}

/** A file, appended to, or a named pipe. */
export function toFile(path: string): Destination {
  let fd = open(path)
  const mixed = isPipe(path) && isClusterWorker()
  return {
    name: path,
    interactive: false,
    waitable: true,
    // Of a named pipe there can be another reader.
    mortal: false,
    take(bytes) {
      if (fd === undefined) throw Object.assign(new Error('nobody reads'), { code: 'ENXIO' })
      return takeBytes(fd, mixed ? unmixed(bytes) : bytes)
    },
    reopen() {
      const next = open(path)
      // While nobody reads, the old end of a pipe keeps what is in it.
      if (next === undefined) return
      if (fd !== undefined) closeSync(fd)
      fd = next
    },
  }
}

const { O_WRONLY, O_APPEND, O_CREAT } = constants
// Means nothing to a file. Not O_RDWR, which opens a named pipe that nobody reads: what would be written then is gone with this
// process, uncounted. So lines wait here until there is a reader.
const flags = O_WRONLY | O_APPEND | O_CREAT | (constants.O_NONBLOCK ?? 0)

/** Undefined: a named pipe that nobody reads yet. */
function open(path: string): number | undefined {
  try {
    return openSync(path, flags)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENXIO' && isNamedPipe(path)) return undefined
    throw new LogError('ERR_LOG_OPEN', `cannot open the log file ${path}: ${code}`, {
      cause: error,
    })
  }
}
