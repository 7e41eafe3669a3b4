import { Worker } from 'node:worker_threads'

// Plain text, so that bundlers need not know of a second entry. A worker cannot end its process by
// `process.exit`, and the main thread, which could, is blocked.
const source = `
const { writeSync } = require('node:fs')
const { workerData } = require('node:worker_threads')
setTimeout(() => {
  try { writeSync(2, workerData.message) } catch {}
  process.kill(process.pid, 'SIGKILL')
}, workerData.ms)`

/**
 * Kills the process after `ms`, from a thread of its own: a hook or a handler that blocks the event
 * loop blocks every timer of the main thread too.
 */
export function startWatchdog(ms: number, message: string): void {
  try {
    const worker = new Worker(source, {
      eval: true,
      workerData: { ms, message },
      // Nothing that the application preloads.
      env: {},
      execArgv: [],
    })
    worker.on('error', () => {})
    worker.unref()
  } catch {
    // Workers may be forbidden (`--permission`).
  }
}
