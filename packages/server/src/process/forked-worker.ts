import cluster, { type Worker } from 'node:cluster'
import { isReady, type StopMessage } from './cluster-messages.ts'

export interface WorkerExit {
  readonly code: number | null
  readonly signal: string | null
}

/** A worker of a cluster, as its primary sees it. */
export class ForkedWorker {
  readonly exited: Promise<WorkerExit>
  /** Resolves with whether it listens: not if it ends before. */
  readonly started: Promise<boolean>
  /** It is one of those that were asked for: if it ends, another one is started. */
  isNeeded = true
  /** It listens, and hears messages. */
  isListening = false
  private readonly worker: Worker

  constructor() {
    this.worker = cluster.fork()
    const { worker } = this
    // A process that cannot be created, or a message to one that has ended: `exit` follows.
    worker.on('error', () => {})
    this.exited = new Promise((resolve) =>
      worker.once('exit', (code: number | null, signal: string | null) =>
        resolve({ code, signal }),
      ),
    )
    this.started = new Promise((resolve) => {
      worker.on('message', (message: unknown) => {
        if (!isReady(message)) return
        this.isListening = true
        resolve(true)
      })
      worker.once('exit', () => resolve(false))
    })
  }

  get pid(): number | undefined {
    return this.worker.process.pid
  }

  stop(message: StopMessage): void {
    // One that still starts does not hear messages yet.
    if (this.isListening && this.worker.isConnected()) this.worker.send(message, () => {})
    else this.worker.process.kill('SIGTERM')
  }

  kill(): void {
    this.worker.process.kill('SIGKILL')
  }
}
