import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export function makeFifo(path: string): void {
  execFileSync('sh', ['-c', 'mkfifo "$0"', path])
}

/**
 * The two ends of a pipe. Writing blocks when it is full, as with one that a supervisor hands down.
 */
export function openPipe(): {
  readonly path: string
  readonly reader: number
  readonly writer: number
} {
  const path = join(mkdtempSync(join(tmpdir(), 'clew-config-pipe-')), 'pipe')
  makeFifo(path)
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return { path, reader, writer: openSync(path, constants.O_WRONLY) }
}

/** One whose reader is gone. */
export function brokenPipe(): number {
  const { reader, writer } = openPipe()
  closeSync(reader)
  return writer
}

/** Fills a pipe with dots until it takes no more. */
export function fill(path: string): void {
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  try {
    for (;;) writeSync(descriptor, Buffer.alloc(4096, '.'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
  } finally {
    closeSync(descriptor)
  }
}
