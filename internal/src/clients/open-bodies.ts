import { monotonicMs } from '../time/clock.ts'

/** A call whose response has begun, and whose body has not ended. */
export interface OpenBody {
  /** Bytes that its connection has received so far. */
  received(): number
  /** Ends the observation of the call. @param endedMs - when something was received last */
  leave(endedMs: number): void
}

interface Progress {
  bytes: number
  atMs: number
}

/**
 * The longest pause in a response body. Then the call is over for those who observe it: a body that
 * nobody reads never ends, and nobody is told.
 */
const defaultIdleMs = 30_000

/** The response bodies of one client that have not ended. */
export class OpenBodies {
  private readonly bodies = new Map<OpenBody, Progress>()
  private readonly idleMs: number
  private timer: NodeJS.Timeout | undefined = undefined

  constructor(idleMs: number = defaultIdleMs) {
    this.idleMs = idleMs
  }

  add(body: OpenBody): void {
    this.bodies.set(body, { bytes: body.received(), atMs: monotonicMs() })
    this.timer ??= setInterval(() => this.sweep(), this.idleMs / 2).unref()
  }

  delete(body: OpenBody): void {
    this.bodies.delete(body)
  }

  /** Leaves all of them. */
  close(): void {
    for (const [body, { atMs }] of [...this.bodies]) this.leave(body, atMs)
    this.stop()
  }

  private sweep(): void {
    const now = monotonicMs()
    for (const [body, progress] of [...this.bodies]) {
      const bytes = body.received()
      if (bytes !== progress.bytes) {
        progress.bytes = bytes
        progress.atMs = now
      } else if (now - progress.atMs >= this.idleMs) this.leave(body, progress.atMs)
    }
    if (this.bodies.size === 0) this.stop()
  }

  private leave(body: OpenBody, atMs: number): void {
    this.bodies.delete(body)
    try {
      body.leave(atMs)
    } catch {
      // What one observer throws must not keep the others waiting.
    }
  }

  private stop(): void {
    clearInterval(this.timer)
    this.timer = undefined
  }
}
