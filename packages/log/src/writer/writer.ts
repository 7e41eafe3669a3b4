import { reasonOf } from '@clew/internal/errors/reason'
import { errorSeverity } from '../level.ts'
import { clearTimeout, renewTimers, setImmediate, setTimeout } from '../timers.ts'
import { type Chunk, chunkOf, endOfLine, linesOf, remainderOf } from './chunk.ts'
import { complain } from './complaint.ts'
import type { Destination } from './destination.ts'
import { createLineQueue } from './line-queue.ts'
import { ending, type Pending, pending } from './pending.ts'
import type { StreamEvents } from './stream-destination.ts'

export interface Writer extends Pending, StreamEvents {
  /** @param time - when it was logged, in milliseconds */
  write(line: string, severity: number, time: number): void
  /** Resolves when nothing waits any more, or at the deadline; at once where nobody reads. */
  end(deadline: number): Promise<void>
  reopen(): void
  /** Closes its file, if nothing waits. The next line opens it. */
  close(): void
  /** Raises the bound of what waits. */
  allow(maxBufferBytes: number): void
  /** Whether it needs the event loop. */
  readonly needsLoop: boolean
  /** Lines lost since the beginning. */
  readonly dropped: number
}

const chunkLength = 16_384
const retryFullMs = 20
const retryBrokenMs = 1000
// A timer that has not come by then never will.
const lateMs = 2000
// Counted, and not only timed: the clock may stand still.
const waitMs = 5
const maxWaits = 400
const sleeper = new Int32Array(new SharedArrayBuffer(4))

/**
 * Collects lines for the length of a tick, or up to 16 KiB, and writes them in one call. While the
 * destination is full or broken, lines wait in a bounded queue; beyond the bound the oldest below
 * warn are dropped first, then the oldest. Losses are counted, and reported in the stream itself as
 * soon as it takes lines again.
 */
export function createWriter(
  destination: Destination,
  maxBufferBytes: number,
  lossLine: (dropped: number) => string,
): Writer {
  // A rope: concatenation copies nothing, and its length is known without flattening it.
  let rope = ''
  let ropeLines = 0
  let scheduled = false
  /** When the first line was logged that waits for a timer. */
  let waitingSince: number | undefined
  let isFlushing = false
  // What was not written, or only in part. It must be the next thing written.
  let rest: Chunk | undefined
  let blocked = false
  let broken = false
  // Nobody reads any more, and nobody will.
  let dead = false
  let timer: NodeJS.Timeout | undefined
  const queue = createLineQueue(maxBufferBytes)
  let unreported = 0

  const lose = (lines: number) => {
    unreported += lines
    writer.dropped += lines
  }

  /**
   * Whether all of it was written. Otherwise what is left waits in `rest`, also when this throws.
   */
  function put(chunk: Chunk): boolean {
    const { bytes, reported } = chunk
    let offset = 0
    try {
      while (offset < bytes.length) {
        const taken = destination.take(offset === 0 ? bytes : bytes.subarray(offset), reported)
        if (taken === 0) break
        offset += taken
      }
    } finally {
      rest = remainderOf(chunk, offset)
    }
    return rest === undefined
  }

  /** Counts what waits as lost, and forgets it. */
  function giveUp(): void {
    lose(queue.clear() + ropeLines)
    rope = ''
    ropeLines = 0
    if (rest === undefined) return
    const kept = endOfLine(rest)
    lose(linesOf(rest))
    if (kept === undefined) unreported += rest.reported
    rest = kept
  }

  function block(waitMs: number): void {
    blocked = true
    pending.add(writer)
    if (timer !== undefined) return
    timer = setTimeout(retry, waitMs)
    // The exit hook writes what remains: a stalled reader must not keep the process alive.
    timer.unref()
  }

  function retry(): void {
    clearTimeout(timer)
    timer = undefined
    blocked = false
    flush()
  }

  function failed(error: unknown): void {
    const { code = 'error', cause } = error as { readonly code?: string; readonly cause?: unknown }
    dead = code === 'EPIPE' && destination.mortal
    if (!broken) {
      broken = true
      const why = cause === undefined ? '' : ` (${reasonOf(cause)})`
      const what = dead ? 'lines are lost' : `lines wait, ${queue.bound()} bytes of them at most`
      complain(`${destination.name}: ${code}${why}; ${what}`)
    }
    if (dead) giveUp()
    block(retryBrokenMs)
  }

  /** Writes what waits, oldest first. Returns false when the destination is full. */
  function putAll(): boolean {
    if (rest !== undefined && !put(rest)) return false
    if (unreported > 0) {
      const chunk = chunkOf(lossLine(unreported), unreported)
      unreported = 0
      if (!put(chunk)) return false
    }
    // Lines are queued only when those of the rope could not be written.
    const text = rope
    rope = ''
    ropeLines = 0
    if (text !== '' && !put(chunkOf(text))) return false
    while (!queue.isEmpty()) if (!put(chunkOf(queue.shift(chunkLength)))) return false
    return true
  }

  function flush(): void {
    // Whoever takes the lines may log.
    if (isFlushing) return
    scheduled = false
    waitingSince = undefined
    if (blocked) return
    isFlushing = true
    try {
      if (broken) destination.reopen?.()
      const done = putAll()
      broken = false
      dead = false
      if (!done) block(retryFullMs)
      else if (rope === '') pending.delete(writer)
      else if (!scheduled) schedule(undefined)
    } catch (error) {
      failed(error)
    } finally {
      isFlushing = false
    }
  }

  function schedule(time: number | undefined): void {
    scheduled = true
    waitingSince = time
    setImmediate(tick)
  }

  function isLate(time: number): boolean {
    waitingSince ??= time
    if (time - waitingSince < lateMs) return false
    renewTimers()
    return true
  }

  function drain(deadline: number): void {
    for (let waits = 0; waits < maxWaits; waits++) {
      retry()
      if (!blocked || broken || !destination.waitable || Date.now() >= deadline) break
      Atomics.wait(sleeper, 0, 0, waitMs)
    }
    if (!blocked) return
    giveUp()
    const lines = unreported + (rest?.reported ?? 0)
    if (lines > 0)
      complain(`${destination.name}: ${lines} lines could not be written before the end`)
    unreported = 0
    if (rest !== undefined) rest = { ...rest, reported: 0, counted: true }
    destination.giveUp?.()
  }

  const tick = () => {
    // A burst may have written everything before the tick ended.
    if (scheduled) flush()
  }

  // No accessors: V8 keeps an object literal that has one as a hash table, and each line comes
  // through here.
  const writer: { -readonly [name in keyof Writer]: Writer[name] } = {
    dropped: 0,
    needsLoop: !destination.waitable,
    write(line, severity, time) {
      if (blocked) {
        lose(queue.push(line, severity))
        if (ending.by !== undefined) drain(ending.by)
        else if (isLate(time)) retry()
        return
      }
      rope += line
      ropeLines++
      const now = rope.length >= chunkLength || severity >= errorSeverity || destination.interactive
      if (!now && scheduled && !isLate(time)) return
      if (!scheduled) pending.add(writer)
      // There is no other tick once the process is exiting.
      if (ending.by !== undefined) drain(ending.by)
      else if (now || scheduled) flush()
      else schedule(time)
    },
    flush: retry,
    resume() {
      if (blocked) retry()
    },
    lost(lines, reported) {
      lose(lines)
      unreported += reported
      // Not at once: with a stream that loses this too, that would never end.
      block(retryBrokenMs)
    },
    reopen() {
      flush()
      try {
        destination.reopen?.()
      } catch (error) {
        failed(error)
      }
    },
    close() {
      if (rope === '' && rest === undefined && queue.isEmpty()) destination.close?.()
    },
    allow: queue.allow,
    drain,
    async end(deadline) {
      for (;;) {
        retry()
        if (!blocked || dead || Date.now() >= deadline) break
        await new Promise((resolve) => setTimeout(resolve, waitMs))
      }
      await destination.end?.(deadline)
    },
  }
  return writer
}
