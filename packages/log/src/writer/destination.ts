import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { LogError } from '../errors.ts'
import { complain } from './complaint.ts'
import { isClusterWorker, isNamedPipe, isPipe, unblocked, unmixed } from './pipe.ts'

/**
 * Where bytes go. `take` returns how many it took, and is called again until it takes none, which
 * means full for now. It throws when broken.
 */
export interface Destination {
  readonly name: string
  /** Written at once, line by line, since a person watches and other output appears between. */
  readonly interactive: boolean
  /** Whether it can become free without a turn of the event loop. */
  readonly waitable: boolean
  /** Whether it is useless once nobody reads any more (EPIPE). */
  readonly mortal: boolean
  /**
   * Does not keep `bytes`.
   * @param reported - how many lines they report as missing, if they are the line that reports them
   */
  take(bytes: Buffer, reported: number): number
  /** Called after an error, before the next attempt. May throw. */
  reopen?(): void
  /** Resolves when everything it took is written or lost, or at the deadline. */
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
    complain(`${name}: a blocking pipe: while its reader is slow, this process stands still`)
  }
  const usedFd = free ?? fd
  const mixed = pipe && isClusterWorker()
  return {
    name,
    interactive: isatty(fd),
    waitable: true,
    mortal: true,
    take: (bytes) => takeBytes(usedFd, mixed ? unmixed(bytes) : bytes),
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
    // A named pipe can get another reader.
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
// O_NONBLOCK has no effect on a file. Not O_RDWR, which opens a named pipe that nobody reads: what
// is written then is lost with this process, uncounted. So lines wait here until there is a reader.
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
