import { closeSync, constants, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { isatty } from 'node:tty'
import { LogError } from '../errors.ts'
import { complain } from './complaint.ts'
import { ending } from './pending.ts'
import { isClusterWorker, isNamedPipe, isPipe, keyOf, unblocked, unmixed } from './pipe.ts'
import { isBehind, keepOrderWithConsole, replacedStream, writeThrough } from './process-stream.ts'
import { createThreadLock, isShared } from './thread-lock.ts'

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
  /** Gives its descriptor back. The next bytes open it again. */
  close?(): void
  /** What is left of a line that it took in part may never come. */
  giveUp?(): void
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

const lineBreak = Buffer.from('\n')

interface ByteWriter {
  write(fd: number, bytes: Buffer): number
  giveUp(): void
}

const plainWriter: ByteWriter = { write: takeBytes, giveUp() {} }

/** Writes to a pipe, which other threads and processes can write to as well. */
function pipeWriter(place: number | string): ByteWriter {
  const lock = createThreadLock(keyOf(place))
  // Where there can be no lock, short lines still do not mix.
  const isMixed = isClusterWorker() || !isShared
  /** Whether a line has a beginning and no end: one of ours, or of a thread that has ended. */
  let isBegun = false
  let isTorn = false
  return {
    write(fd, bytes) {
      const state = lock.acquire()
      if (state === 'busy') return 0
      try {
        if (state === 'torn') isTorn = true
        if (isTorn) {
          isBegun = true
          if (takeBytes(fd, lineBreak) === 0) return 0
          isTorn = false
          isBegun = false
        }
        const taken = takeBytes(fd, isMixed ? unmixed(bytes) : bytes)
        if (taken > 0) isBegun = bytes[taken - 1] !== 0x0a
        return taken
      } catch (error) {
        isBegun = false
        throw error
      } finally {
        lock.release(isBegun)
      }
    },
    giveUp: lock.giveUp,
  }
}

/** A file descriptor that somebody else has opened. */
export function toFd(fd: number): Destination {
  const name = fd === 1 ? 'stdout' : fd === 2 ? 'stderr' : `file descriptor ${fd}`
  const hasReader = isPipe(fd)
  const free = hasReader ? unblocked(fd) : fd
  if (free === undefined) {
    complain(`${name}: a blocking pipe: while its reader is slow, this process stands still`)
  }
  const usedFd = free ?? fd
  const pipe = hasReader ? pipeWriter(fd) : plainWriter
  if (fd === 1 || fd === 2) keepOrderWithConsole()
  return {
    name,
    interactive: isatty(fd),
    waitable: true,
    mortal: true,
    take(bytes) {
      const replaced = replacedStream(fd)
      if (replaced !== undefined) return writeThrough(replaced, bytes)
      // At the end nobody takes what Node has waiting.
      const isEnd = ending.by !== undefined || ending.isDraining
      return !isEnd && isBehind(fd) ? 0 : pipe.write(usedFd, bytes)
    },
    giveUp: pipe.giveUp,
  }
}

/**
 * A file, appended to, or a named pipe.
 * @param mkdir - whether its folder is made if there is none
 */
export function toFile(path: string, mkdir: boolean): Destination {
  let fd = open(path, mkdir)
  let isClosed = false
  const pipe = isPipe(path) ? pipeWriter(path) : plainWriter
  return {
    name: path,
    interactive: false,
    waitable: true,
    // A named pipe can get another reader.
    mortal: false,
    take(bytes) {
      if (isClosed) {
        fd = open(path, mkdir)
        isClosed = false
      }
      if (fd === undefined) throw Object.assign(new Error('nobody reads'), { code: 'ENXIO' })
      return pipe.write(fd, bytes)
    },
    giveUp: pipe.giveUp,
    reopen() {
      // The next line opens it.
      if (isClosed) return
      const next = open(path, mkdir)
      // While nobody reads, the old end of a pipe keeps what is in it.
      if (next === undefined) return
      if (fd !== undefined) closeSync(fd)
      fd = next
    },
    close() {
      if (fd !== undefined) closeSync(fd)
      fd = undefined
      isClosed = true
    },
  }
}

const { O_WRONLY, O_APPEND, O_CREAT } = constants
// O_NONBLOCK has no effect on a file. Not O_RDWR, which opens a named pipe that nobody reads: what
// is written then is lost with this process, uncounted. So lines wait here until there is a reader.
const flags = O_WRONLY | O_APPEND | O_CREAT | (constants.O_NONBLOCK ?? 0)

/** Undefined: a named pipe that nobody reads yet. */
function open(path: string, mkdir: boolean): number | undefined {
  try {
    return openSync(path, flags)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENXIO' && isNamedPipe(path)) return undefined
    if (code === 'ENOENT' && mkdir && makeFolder(path)) return open(path, false)
    throw new LogError('ERR_LOG_OPEN', `cannot open the log file ${path}: ${code}`, {
      cause: error,
    })
  }
}

function makeFolder(path: string): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true })
    return true
  } catch {
    return false
  }
}
