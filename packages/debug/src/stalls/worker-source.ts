/** What the worker is given. */
export interface WorkerData {
  /** One Int32, which the main thread counts up as long as its event loop turns. */
  readonly beats: SharedArrayBuffer
  readonly beatMs: number
  readonly thresholdMs: number
}

/** What the worker sends when the main thread did not turn for longer than the threshold. */
export interface Capture {
  readonly samples: readonly StackSample[]
  /** The beat at which the main thread stopped. */
  readonly beat: number
}

/** What the main thread was running. */
export interface StackSample {
  /** On the clock of the main thread, in milliseconds. */
  readonly atMs: number
  /**
   * Whether the thread answered late: it was in a system call, or in native code, and answered when
   * it came back to JavaScript.
   */
  readonly wasLate: boolean
  /** The innermost first. */
  readonly sites: readonly CallSite[]
}

/** One frame of a stack, as V8 knows it; lines and columns count from 1. */
export interface CallSite {
  readonly name: string | null
  readonly type: string | null
  readonly url: string | null
  readonly line: number | null
  /** Where the function begins. */
  readonly functionLine: number | null
  readonly functionColumn: number | null
}

/**
 * Runs in the main thread, between two instructions of what it is busy with, and returns its stack.
 * The first two frames are its own.
 */
const stackExpression = `(() => {
  const own = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  const limit = Error.stackTraceLimit
  try {
    Error.stackTraceLimit = 66
    Error.prepareStackTrace = (_, sites) =>
      sites.slice(2).map((site) => ({
        name: site.getFunctionName() || site.getMethodName(),
        type: site.getTypeName(),
        url: site.getScriptNameOrSourceURL() || null,
        line: site.getLineNumber(),
        functionLine: site.getEnclosingLineNumber(),
        functionColumn: site.getEnclosingColumnNumber(),
      }))
    const holder = {}
    Error.captureStackTrace(holder)
    return { atMs: performance.now(), sites: holder.stack }
  } finally {
    Error.stackTraceLimit = limit
    if (own) Object.defineProperty(Error, 'prepareStackTrace', own)
    else delete Error.prepareStackTrace
  }
})()`

/**
 * The worker, as source: a file of its own would have to be found by both builds, and by whatever
 * bundles the application. It does nothing but compare a number until the main thread is blocked.
 *
 * It asks for stacks, not for a CPU profile: a profile that starts while a loop is running does not
 * know the loop's code if V8 has optimized it meanwhile, and names the caller instead.
 */
export const workerSource: string = `'use strict'
const { parentPort, workerData } = require('node:worker_threads')
const { Session } = require('node:inspector')
const { beatMs, thresholdMs } = workerData
const expression = ${JSON.stringify(stackExpression)}
const maxSamples = 16
const firstPauseMs = 20
const lateMs = 100
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
  } else if (!captured && now - since >= thresholdMs / 2) {
    // Early, so that there are stacks from within, however short it is. Only if it gets long enough
    // does anybody look at them.
    captured = true
    capture(beat)
  }
}, beatMs)

async function capture(beat) {
  const samples = []
  const isOver = () => Atomics.load(beats, 0) !== beat
  try {
    // The pauses grow, so that few samples span a long time.
    for (let pauseMs = firstPauseMs; samples.length < maxSamples && !isOver(); pauseMs *= 1.5) {
      const asked = performance.now()
      const value = await stack()
      if (value) samples.push({ ...value, wasLate: performance.now() - asked > lateMs })
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  } catch {
    // Without the inspector there is a time, and no stack.
  } finally {
    parentPort.postMessage({ samples, beat })
  }
}

// Connected only meanwhile: a process that ends waits for those that are, and says so on stderr.
function stack() {
  const session = new Session()
  session.connectToMainThread()
  const parameters = { expression, returnByValue: true, silent: true }
  return new Promise((resolve, reject) =>
    session.post('Runtime.evaluate', parameters, (error, answer) =>
      error ? reject(error) : resolve(answer.result.value),
    ),
  ).finally(() => session.disconnect())
}
`
