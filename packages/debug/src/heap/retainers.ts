import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DebugError } from '../errors.ts'
import { cancelledError } from '../inspector/capture.ts'
// Not loaded later: that would wait for libuv's thread pool.
import { analysis } from './analysis.built.js'
import type { RetainersReport } from './report.ts'
import { takeSnapshot } from './snapshot.ts'

/** Who keeps the memory alive. */
export interface Retainers extends RetainersReport {
  readonly takenAt: string
  /** How long the program stood still, in milliseconds. */
  readonly stoppedMs: number
}

const maxMs = 300_000
const maxAnswerBytes = 4 << 20
// For names; the graph itself is outside of the heap, and bounded by what is left.
const childHeapMegabytes = 512

/**
 * Takes a snapshot and has it analysed in a process of its own, while it is written.
 *
 * @param maxBytes - the most memory that both may need
 * @throws DebugError `ERR_DEBUG_BUSY`, `ERR_DEBUG_MEMORY`, `ERR_DEBUG_CANCELLED`,
 * `ERR_DEBUG_UNAVAILABLE`
 */
export async function takeRetainers(maxBytes: number, signal: AbortSignal): Promise<Retainers> {
  const takenAt = new Date().toISOString()
  const { stream, stoppedMs, leftBytes } = takeSnapshot(maxBytes, 'analysis')
  try {
    if (signal.aborted) throw cancelledError(signal)
    const report = await analysed(stream, start(leftBytes), signal)
    return { takenAt, stoppedMs: stoppedMs(), ...report }
  } finally {
    stream.destroy()
  }
}

function start(maxBytes: number): ChildProcess {
  try {
    const heap = `--max-old-space-size=${childHeapMegabytes}`
    // No variable of the program, and no flag of it, such as a loader, is for this process.
    return spawn(process.execPath, [heap, '-e', analysis, String(maxBytes)], {
      env: {},
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    })
  } catch (cause) {
    throw unavailable(cause)
  }
}

const unavailable = (cause: unknown) =>
  new DebugError(
    'ERR_DEBUG_UNAVAILABLE',
    'no analysis: another process of Node cannot be started here, download the snapshot instead',
    { cause },
  )

async function analysed(
  snapshot: Readable,
  child: ChildProcess,
  signal: AbortSignal,
): Promise<RetainersReport> {
  const kill = () => void child.kill('SIGKILL')
  const timer = setTimeout(kill, maxMs)
  signal.addEventListener('abort', kill, { once: true })
  try {
    const answer = textOf(child)
    // A process that ends early closes its pipe: its exit tells more than that.
    if (child.stdin) pipeline(snapshot, child.stdin).catch(() => {})
    const { text, code } = await answer
    if (signal.aborted) throw cancelledError(signal)
    const value = parsed(text)
    if (code === 0 && value && 'holders' in value) return value as RetainersReport
    const needed = (value as { readonly neededBytes?: number } | undefined)?.neededBytes
    if (needed !== undefined) {
      const megabytes = Math.ceil(needed / 2 ** 20)
      const message = `the analysis of the snapshot needs ${megabytes} MB, which are not left`
      throw new DebugError('ERR_DEBUG_MEMORY', message)
    }
    throw new Error(`the analysis of the snapshot ended without an answer (${code})`)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', kill)
    kill()
  }
}

function textOf(
  child: ChildProcess,
): Promise<{ readonly text: string; readonly code: number | string | null }> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.once('error', (error) => reject(unavailable(error)))
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      if (text.length > maxAnswerBytes) child.kill('SIGKILL')
    })
    child.once('close', (code, killedBy) => resolve({ text, code: code ?? killedBy }))
  })
}

function parsed(text: string): object | undefined {
  try {
    return JSON.parse(text) as object
  } catch {
    return undefined
  }
}
