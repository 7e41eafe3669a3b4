import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { isatty } from 'node:tty'
import { LogError } from './errors.ts'
import type { Destination } from './writer.ts'

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
  // Node makes a pipe non-blocking when its stream is made; a blocking one would stop the service with its reader.
  if ((fd === 1 || fd === 2) && isPipe(fd)) void (fd === 1 ? process.stdout : process.stderr)
  return { name, interactive: isatty(fd), waitable: true, take: (bytes) => takeBytes(fd, bytes) }
}

function isPipe(fd: number): boolean {
  try {
    // As bigint, since Node keeps the numbers of the last stat in one place and takes them, in realpathSync, for those of
    // another file: after a plain fstat of a pipe, an import through a symbolic link can fail.
    const stat = fstatSync(fd, { bigint: true })
    return stat.isFIFO() || stat.isSocket()
  } catch {
    return false
  }
}

/** A file, appended to. */
export function toFile(path: string): Destination {
  let fd = open(path)
  return {
    name: path,
    interactive: false,
    waitable: true,
    take: (bytes) => takeBytes(fd, bytes),
    reopen() {
      const next = open(path)
      closeSync(fd)
      fd = next
    },
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'a')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new LogError('ERR_LOG_OPEN', `cannot open the log file ${path}: ${code}`, {
      cause: error,
    })
  }
}

/** Any stream. Its backpressure is respected: while it is full, lines wait here, bounded. */
export function toStream(stream: Writable, resume: () => void): Destination {
  let room = true
  let failure: unknown
  stream.on('drain', () => {
    room = true
    resume()
  })
  stream.on('error', (error) => {
    failure = error
  })
  return {
    name: 'stream',
    interactive: false,
    waitable: false,
    take(bytes) {
      if (failure !== undefined || stream.destroyed || stream.writableEnded) {
        throw Object.assign(new Error('the stream has ended', { cause: failure }), {
          code: 'EPIPE',
        })
      }
      if (!room) return 0
      room = stream.write(Buffer.from(bytes))
      return bytes.length
    },
    end: () =>
      new Promise((resolve) => {
        if (stream.destroyed || stream.writableEnded || stream.writableLength === 0) resolve()
        else
          stream
            .once('drain', resolve)
            .once('error', () => resolve())
            .once('close', resolve)
      }),
  }
}
