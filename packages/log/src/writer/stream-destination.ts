import type { Writable } from 'node:stream'
import { clearTimeout, setTimeout } from '../timers.ts'
import { linesIn } from './chunk.ts'
import { complain } from './complaint.ts'
import type { Destination } from './destination.ts'
import { writeBuffered } from './file-stream.ts'
import { ending, type Pending, pending } from './pending.ts'

/** What a stream reports to its writer. */
export interface StreamEvents {
  /** It has room again. */
  resume(): void
  /**
   * Lines that it had taken are lost. What is lost includes a line that reported `reported` more as
   * missing.
   */
  lost(lines: number, reported: number): void
}

interface Taken {
  readonly lines: number
  readonly reported: number
}

/**
 * Any stream. Its backpressure is respected: while it is full, lines wait in the writer, bounded.
 * What it has taken counts as pending until it calls back.
 */
export function toStream(stream: Writable, events: StreamEvents): Destination {
  let room = true
  let failure: unknown
  // An object that only looks like a stream of Node's may never call back.
  const confirms = typeof stream.writableLength === 'number'
  const unconfirmed = new Set<Taken>()
  const waiting = new Set<() => void>()

  function settle(taken: Taken, lost: boolean): void {
    if (!unconfirmed.delete(taken)) return
    if (unconfirmed.size === 0) pending.delete(rest)
    if (lost) events.lost(taken.lines, taken.reported)
    for (const look of [...waiting]) look()
  }

  function loseAll(): void {
    for (const taken of [...unconfirmed]) settle(taken, true)
  }

  function end(deadline: number): Promise<void> {
    const mine = [...unconfirmed]
    return new Promise((resolve) => {
      const look = () => {
        if (mine.some((taken) => unconfirmed.has(taken))) return
        clearTimeout(timer)
        waiting.delete(look)
        resolve()
      }
      const timer = setTimeout(
        () => {
          waiting.delete(look)
          resolve()
        },
        Math.max(0, deadline - Date.now()),
      )
      waiting.add(look)
      look()
    })
  }

  const rest: Pending = {
    flush() {},
    settled: end,
    drain() {
      let lines = 0
      // A stream that writes synchronously has written, and only calls back later.
      if (stream.writableLength > 0 && !writeBuffered(stream)) {
        for (const taken of unconfirmed) lines += taken.lines
      }
      pending.delete(rest)
      unconfirmed.clear()
      if (lines === 0) return
      complain(`stream: ${lines} lines that it has taken may not be written before the end`)
    },
  }

  stream.on('drain', () => {
    room = true
    events.resume()
  })
  stream.on('error', (error) => {
    failure = error
    loseAll()
  })
  // A stream that is destroyed in the middle of a write may never call back.
  stream.on('close', loseAll)

  return {
    name: 'stream',
    interactive: false,
    waitable: false,
    mortal: true,
    take(bytes, reported) {
      if (failure !== undefined || stream.destroyed || stream.writableEnded) {
        const cause = failure ?? new Error('it has ended')
        throw Object.assign(new Error('the stream has ended', { cause }), { code: 'EPIPE' })
      }
      // At the end nobody else takes it, and it may write at once.
      const isEnd = ending.by !== undefined || ending.isDraining
      if (!room && !isEnd) return 0
      const copy = Buffer.from(bytes)
      if (confirms) {
        const taken = { lines: reported > 0 ? 0 : linesIn(bytes), reported }
        unconfirmed.add(taken)
        pending.add(rest)
        room = stream.write(copy, (error) => settle(taken, error != null))
        if (ending.by !== undefined) rest.drain(ending.by)
      } else room = stream.write(copy)
      return bytes.length
    },
    end,
  }
}
