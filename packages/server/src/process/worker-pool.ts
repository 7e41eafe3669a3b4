import { setTimeout as sleep } from 'node:timers/promises'
import { longestDelayMs } from '@clew/internal/options/check'
import type { Log } from '../options/parts.ts'
import { stopMessage } from './cluster-messages.ts'
import { ForkedWorker } from './forked-worker.ts'

export interface PoolSettings {
  readonly workers: number
  readonly startMs: number
  readonly timeoutMs: number
}

export interface StopOrder {
  readonly reason: string
  readonly isHasty: boolean
  /** The most that all of them may take together. */
  readonly timeoutMs: number
}

/** A worker that ends again soon is started again later each time, up to this. */
const maxDelayMs = 10_000
const firstDelayMs = 100
/** A worker that has lived for so long has not failed at its start. */
const aliveMs = 10_000
/** What a worker may take beyond its time limit, until it is killed. */
const graceMs = 1_000

/** The workers of a cluster: as many as were asked for, as long as it is not stopped. */
export class WorkerPool {
  private readonly workers: Set<ForkedWorker> = new Set()
  private readonly settings: PoolSettings
  private readonly log: Log
  private readonly ending = new AbortController()
  private reloading: Promise<void> | undefined = undefined
  private hasStarted = false
  private failures = 0

  constructor(settings: PoolSettings, log: Log) {
    this.settings = settings
    this.log = log
    // No worker may outlive the primary, which has the sockets.
    process.once('exit', () => {
      for (const worker of this.workers) worker.kill()
    })
  }

  private get isStopping(): boolean {
    return this.ending.signal.aborted
  }

  /** Resolves with whether all of them listen. */
  async start(): Promise<boolean> {
    const first = Array.from({ length: this.settings.workers }, () => this.fork())
    const started = await Promise.all(first.map((worker) => this.waitFor(worker)))
    this.hasStarted = started.every(Boolean)
    return this.hasStarted
  }

  /** Replaces one worker after the other: the new one listens before the old one stops. */
  reload(): Promise<void> {
    this.reloading ??= this.replaceAll().finally(() => {
      this.reloading = undefined
    })
    return this.reloading
  }

  /** Resolves with whether all of them have ended cleanly. */
  async stop({ reason, isHasty, timeoutMs }: StopOrder): Promise<boolean> {
    this.ending.abort()
    const ends = [...this.workers].map(async (worker) => {
      worker.stop(stopMessage({ reason, isHasty, isReplaced: false, timeoutMs }))
      return this.isCleanEnd(worker, timeoutMs + graceMs)
    })
    return (await Promise.all(ends)).every(Boolean)
  }

  private fork(): ForkedWorker {
    const worker = new ForkedWorker()
    const forkedAt = performance.now()
    this.workers.add(worker)
    void worker.exited.then(({ code, signal }) => {
      this.workers.delete(worker)
      if (!worker.isNeeded || this.isStopping) return
      this.log(code === 0 ? 'warn' : 'error', 'worker ended', { worker: worker.pid, code, signal })
      if (performance.now() - forkedAt >= aliveMs) this.failures = 0
      // Whoever waits for the first ones decides.
      if (this.hasStarted) void this.forkLater()
    })
    return worker
  }

  private async forkLater(): Promise<void> {
    const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** this.failures)
    this.failures++
    try {
      await sleep(delayMs, undefined, { signal: this.ending.signal })
      await this.waitFor(this.fork())
    } catch {
      // The cluster stops.
    }
  }

  private async waitFor(worker: ForkedWorker): Promise<boolean> {
    const { startMs } = this.settings
    const limit = new AbortController()
    const late = sleep(startMs, false, { signal: limit.signal }).catch(() => false)
    const isStarted = await Promise.race([worker.started, late])
    limit.abort()
    if (!isStarted) {
      this.log('error', 'worker does not listen', { worker: worker.pid, start_ms: startMs })
      worker.kill()
    }
    return isStarted
  }

  private async replaceAll(): Promise<void> {
    const { timeoutMs } = this.settings
    const old = [...this.workers]
    this.log('info', 'cluster reloading', { workers: old.length })
    for (const worker of old) {
      if (this.isStopping) return
      if (!this.workers.has(worker)) continue
      const next = this.fork()
      next.isNeeded = false
      if (!(await this.waitFor(next))) {
        this.log('error', 'cluster not reloaded: the others stay as they are')
        return
      }
      if (this.isStopping) return
      next.isNeeded = true
      worker.isNeeded = false
      worker.stop(stopMessage({ reason: 'reload', isHasty: false, isReplaced: true, timeoutMs }))
      await this.isCleanEnd(worker, timeoutMs + graceMs)
    }
    this.log('info', 'cluster reloaded')
  }

  private async isCleanEnd(worker: ForkedWorker, limitMs: number): Promise<boolean> {
    const timer = setTimeout(
      () => {
        this.log('error', 'worker killed: it did not stop in time', { worker: worker.pid })
        worker.kill()
      },
      Math.min(limitMs, longestDelayMs),
    )
    const { code } = await worker.exited
    clearTimeout(timer)
    return code === 0 || !worker.isListening
  }
}
