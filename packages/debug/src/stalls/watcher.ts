import { Worker } from 'node:worker_threads'
import { monotonicMs } from '@clew/internal/time/clock'
import { type Capture, type StackSample, type WorkerData, workerSource } from './worker-source.ts'

// Taken when the module is loaded: under fake timers the loop would seem to be blocked.
const { setInterval, clearInterval } = globalThis

const beatMs = 100
const maxGaps = 16

export interface BlockedLoop {
  readonly atMs: number
  readonly durationMs: number
  /** What the thread was running meanwhile; empty if V8 cannot tell. */
  readonly samples: readonly StackSample[]
}

export interface Watcher {
  stop(): Promise<void>
}

/**
 * Notices that the event loop of this thread is blocked for longer than `thresholdMs`, and reads
 * its stack meanwhile, from a worker. While the loop turns, both threads only count.
 */
export function watchLoop(
  thresholdMs: number,
  {
    onBlocked,
    onError,
  }: {
    readonly onBlocked: (blocked: BlockedLoop) => void
    readonly onError: (error: unknown) => void
  },
): Watcher {
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const counter = new Int32Array(beats)
  const gaps = new Map<
    number,
    { readonly atMs: number; readonly durationMs: number; readonly endMs: number }
  >()
  let lastMs = monotonicMs()

  function beat(): void {
    const now = monotonicMs()
    const durationMs = now - lastMs
    if (durationMs >= thresholdMs) {
      gaps.set(Atomics.load(counter, 0), {
        atMs: Date.now() - durationMs,
        durationMs,
        endMs: now,
      })
      const [oldest] = gaps.keys()
      if (gaps.size > maxGaps && oldest !== undefined) gaps.delete(oldest)
    }
    lastMs = now
    Atomics.add(counter, 0, 1)
  }

  const workerData: WorkerData = { beats, beatMs, thresholdMs }
  const worker = new Worker(workerSource, {
    eval: true,
    workerData,
    name: 'clew-debug-stalls',
    // Flags of the program, such as loaders, are not for this worker.
    execArgv: [],
    env: {},
    stdin: false,
  })
  const timer = setInterval(beat, beatMs).unref()
  worker.on('error', (error) => {
    clearInterval(timer)
    onError(error)
  })
  worker.on('message', ({ samples, beat: at }: Capture) => {
    // Its message may come before the first beat after it.
    if (Atomics.load(counter, 0) === at) beat()
    const gap = gaps.get(at)
    gaps.delete(at)
    if (!gap) return
    // A stack that was read afterwards is that of something else.
    onBlocked({ ...gap, samples: samples.filter(({ atMs }) => atMs <= gap.endMs) })
  })
  // Like the timer, it must not keep an otherwise idle process alive. A listener does, so this
  // comes after them.
  worker.unref()

  return {
    async stop() {
      clearInterval(timer)
      await worker.terminate()
    },
  }
}
