import { writeSync } from 'node:fs'
import { ERROR } from './level.ts'
import { createLineQueue } from './line-queue.ts'
import { type Pending, pending } from './state.ts'

/** Where bytes go. `take` returns how many it took; fewer than given: full for now. It throws when broken. */
export interface Destination {
  readonly name: string
  /** Written at once, line by line, since a person watches and other output is mixed in. */
  readonly interactive: boolean
  /** Does not keep `bytes`. */
  take(bytes: Buffer): number
  /** Called after an error, before the next attempt. May throw. */
  reopen?(): void
  /** Whether waiting without returning to the event loop can help. */
  readonly waitable: boolean
  end?(): Promise<void>
}

export interface Writer extends Pending {
  write(line: string, severity: number): void
  /** Writes what can be written now. */
  flush(): void
  /** Resolves when nothing waits any more, or at the deadline. */
  end(deadline: number): Promise<void>
  /** The destination has room again. */
  resume(): void
  reopen(): void
  /** Lines lost since the beginning. */
  readonly dropped: number
}

const chunkLength = 16_384
const retryFullMs = 20
const retryBrokenMs = 1000
// One for all writers: a chunk is handed over before the next one is made.
const scratch = Buffer.allocUnsafeSlow(4 * chunkLength)
const sleeper = new Int32Array(new SharedArrayBuffer(4))

/**
 * Collects lines for the length of a tick or 16 KiB and writes them in one call. While the destination is full or broken,
 * lines wait in a bounded queue; beyond the bound the oldest below warn go first, then the oldest. What is lost is counted, and said in the
 * stream itself as soon as it takes lines again.
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
  // What is left of a chunk that did not go out, or only in part. It must be the next thing written.
  let rest: Buffer | undefined
  // How many lines are said to be missing in it, if it is the line that says so.
  let lossInRest = 0
  let blocked = false
  let broken = false
  let timer: NodeJS.Timeout | undefined
  const queue = createLineQueue(maxBufferBytes)
  let unreported = 0

  const lose = (lines: number) => {
    unreported += lines
    writer.dropped += lines
  }

  /** Whether all of it went out. Otherwise what is left waits in `rest`, also when this throws. */
  function put(bytes: Buffer): boolean {
    let offset = 0
    try {
      while (offset < bytes.length) {
        const taken = destination.take(offset === 0 ? bytes : bytes.subarray(offset))
        if (taken === 0) break
        offset += taken
      }
    } finally {
      // A copy: the bytes may be in the scratch buffer, which the next chunk overwrites.
      rest = offset === bytes.length ? undefined : Buffer.from(bytes.subarray(offset))
    }
    if (rest === undefined) lossInRest = 0
    return rest === undefined
  }

  /** Gives up what is left of a chunk; returns how many lines those were. */
  function dropRest(): number {
    const lines = linesIn(rest) - (lossInRest > 0 ? 1 : 0)
    unreported += lossInRest
    lossInRest = 0
    rest = undefined
    return lines
  }

  function block(waitMs: number): void {
    blocked = true
    pending.add(writer)
    if (timer !== undefined) return
    timer = setTimeout(retry, waitMs)
    // The exit hook writes what remains: a reader that has stopped must not keep the process alive.
    timer.unref()
  }

  function retry(): void {
    clearTimeout(timer)
    timer = undefined
    blocked = false
    flush()
  }

  function failed(error: unknown): void {
    const code = (error as { readonly code?: string }).code ?? 'error'
    if (!broken) {
      broken = true
      complain(`${destination.name}: ${code}; lines wait, ${maxBufferBytes} bytes of them at most`)
    }
    // The reader is gone, and nothing that was meant for it can arrive.
    if (code === 'EPIPE') lose(dropRest() + queue.clear())
    block(retryBrokenMs)
  }

  /** Writes what waits, oldest first. Returns false when the destination is full. */
  function putAll(): boolean {
    if (rest !== undefined && !put(rest)) return false
    if (unreported > 0) {
      const line = Buffer.from(lossLine(unreported))
      lossInRest = unreported
      unreported = 0
      if (!put(line)) return false
    }
    while (!queue.isEmpty()) if (!put(bytesOf(queue.shift(chunkLength)))) return false
    const text = rope
    rope = ''
    ropeLines = 0
    return text === '' || put(bytesOf(text))
  }

  function flush(): void {
    scheduled = false
    if (blocked) return
    try {
      if (broken) destination.reopen?.()
      if (!putAll()) {
        block(retryFullMs)
        return
      }
      broken = false
      pending.delete(writer)
    } catch (error) {
      failed(error)
    }
  }

  const tick = () => {
    // A burst may have written everything before the tick ended.
    if (scheduled) flush()
  }

  // No accessors: V8 keeps an object literal that has one as a hash table, and each line comes through here.
  const writer: { -readonly [name in keyof Writer]: Writer[name] } = {
    dropped: 0,
    write(line, severity) {
      if (blocked) {
        lose(queue.push(line, severity))
        return
      }
      rope += line
      ropeLines++
      if (rope.length >= chunkLength || severity >= ERROR || destination.interactive) {
        if (!scheduled) pending.add(writer)
        flush()
        return
      }
      if (scheduled) return
      scheduled = true
      pending.add(writer)
      setImmediate(tick)
    },
    flush,
    resume() {
      if (blocked) retry()
    },
    reopen() {
      flush()
      try {
        destination.reopen?.()
      } catch (error) {
        failed(error)
      }
    },
    drain(deadline) {
      for (;;) {
        retry()
        if (!blocked || broken || !destination.waitable || Date.now() >= deadline) break
        Atomics.wait(sleeper, 0, 0, 5)
      }
      if (!blocked) return
      lose(dropRest() + queue.clear() + ropeLines)
      rope = ''
      ropeLines = 0
      if (unreported === 0) return
      complain(`${destination.name}: ${unreported} lines could not be written before the end`)
      // Said once, however often the process is about to end.
      unreported = 0
    },
    async end(deadline) {
      while (Date.now() < deadline) {
        retry()
        if (!blocked) break
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      await destination.end?.()
    },
  }
  return writer

  function complain(what: string): void {
    try {
      writeSync(2, `@clew/log: ${what}\n`)
    } catch {
      // There is nobody left to tell.
    }
  }
}

function bytesOf(text: string): Buffer {
  return text.length * 3 > scratch.length
    ? Buffer.from(text)
    : scratch.subarray(0, scratch.write(text))
}

function linesIn(bytes: Buffer | undefined): number {
  let lines = 0
  for (const byte of bytes ?? []) if (byte === 0x0a) lines++
  return lines
}
