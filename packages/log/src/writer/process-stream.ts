import { subscribe } from 'node:diagnostics_channel'
import { isMainThread } from 'node:worker_threads'
import { processState } from '../process-state.ts'
import { flushAll } from './pending.ts'

/** What is needed of `process.stdout` and `process.stderr`. */
interface ProcessStream {
  readonly fd?: number
  readonly writableLength?: number
  readonly destroyed?: boolean
  write(text: string): unknown
}

function streamOf(fd: number): ProcessStream | undefined {
  try {
    return fd === 1 ? process.stdout : fd === 2 ? process.stderr : undefined
  } catch {
    // Its descriptor is closed.
    return undefined
  }
}

/**
 * The process's stream for a descriptor, if the host has replaced it or its `write`: what is written
 * elsewhere never comes to PM2, a test runner or a platform that collects output so.
 */
export function replacedStream(fd: number): ProcessStream | undefined {
  const stream = streamOf(fd)
  if (stream === undefined) return undefined
  const { write } = Object.getPrototypeOf(stream) as Partial<ProcessStream>
  // In a worker thread it has no descriptor.
  const isPlain = stream.write === write && (stream.fd === fd || !isMainThread)
  return isPlain ? undefined : stream
}

/** Whether Node itself has bytes waiting for this descriptor, behind which ours belong. */
export function isBehind(fd: number): boolean {
  if (!isMainThread) return false
  const stream = streamOf(fd)
  return stream?.destroyed === false && (stream.writableLength ?? 0) > 0
}

/**
 * Writes whole lines, one call for each, since that is what a host expects. Returns how many bytes
 * went.
 */
export function writeThrough(stream: ProcessStream, chunk: Buffer): number {
  // A host that logs in turn makes other writers use the memory of the chunk.
  const bytes = Buffer.from(chunk)
  let from = 0
  while (from < bytes.length) {
    const at = bytes.indexOf(0x0a, from)
    const end = at === -1 ? bytes.length : at + 1
    try {
      stream.write(bytes.toString('utf8', from, end))
    } catch (error) {
      if (from === 0) throw error
      break
    }
    from = end
  }
  return from
}

const order: { isKept: boolean } = processState('order', () => ({ isKept: false }))
const methods = ['log', 'info', 'debug', 'warn', 'error'] as const

/** Writes what waits before `console` does, where that says so: from Node 24 on. */
export function keepOrderWithConsole(): void {
  if (order.isKept) return
  order.isKept = true
  for (const method of methods) subscribe(`console.${method}`, flushAll)
}
