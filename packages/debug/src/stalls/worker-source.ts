/** What the worker is given. */
export interface WorkerData {
  /** One Int32, which the main thread counts up as long as its event loop turns. */
  readonly beats: SharedArrayBuffer
  readonly beatMs: number
  readonly thresholdMs: number
  readonly burstMs: number
}

/** What the worker sends when the main thread did not turn for longer than the threshold. */
export interface Capture {
  /** A short CPU profile of the main thread; undefined if it could not be taken meanwhile. */
  readonly profile: unknown
  /** The beat at which the main thread stopped. */
  readonly beat: number
}

/**
 * The worker, as source: a file of its own would have to be found by both builds, and by whatever
 * bundles the application. It does nothing but compare a number until the main thread is blocked.
 */
export const workerSource = `'use strict'
const { parentPort, workerData } = require('node:worker_threads')
const { Session } = require('node:inspector')
const { beatMs, thresholdMs, burstMs } = workerData
const beats = new Int32Array(workerData.beats)
let beat = Atomics.load(beats, 0)
let since = performance.now()
let checked = since
let captured = false

setInterval(() => {
  const now = performance.now()
  const current = Atomics.load(beats, 0)
  // The worker was late itself: the whole process was suspended, or has no CPU.
  const wasLate = now - checked > beatMs * 5
  checked = now
  if (current !== beat || wasLate) {
    beat = current
    since = now
    captured = false
  } else if (!captured && now - since >= thresholdMs) {
    captured = true
    capture(beat)
  }
}, beatMs)

async function capture(beat) {
  const session = new Session()
  const post = (method, params) =>
    new Promise((resolve, reject) =>
      session.post(method, params, (error, result) => (error ? reject(error) : resolve(result))),
    )
  const isOver = () => Atomics.load(beats, 0) !== beat
  try {
    session.connectToMainThread()
    await post('Profiler.enable')
    await post('Profiler.setSamplingInterval', { interval: 1000 })
    await post('Profiler.start')
    // In a synchronous system call nothing is answered before it returns.
    const began = isOver()
    await new Promise((resolve) => setTimeout(resolve, burstMs))
    const { profile } = await post('Profiler.stop')
    parentPort.postMessage({ profile: began ? undefined : profile, beat })
  } catch {
    parentPort.postMessage({ profile: undefined, beat })
  } finally {
    session.disconnect()
  }
}
`
