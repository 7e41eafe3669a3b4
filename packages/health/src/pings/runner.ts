import { HealthError } from '../errors.ts'
import type { CheckedPinger } from '../pingers/pinger.ts'
import { inSeconds } from './duration.ts'

/** How one ping ended. */
export interface Outcome {
  readonly result: 'passed' | 'failed' | 'timed out' | 'stuck' | 'stopped'
  /** What was thrown; `undefined` if it passed. */
  readonly error: unknown
  readonly durationMs: number
}

/** Runs the pings of one dependency, one at a time. */
export interface Runner {
  /** The outcome if an earlier ping is still running; `undefined` if another one may start. */
  stuck(): Outcome | undefined
  /** Call it only if not stuck. Never rejects, and takes at most the pinger's `timeoutMs`. */
  run(): Promise<Outcome>
  /** Aborts the running ping, if any, and starts no other one. */
  stop(): void
}

export function createRunner(pinger: CheckedPinger): Runner {
  const { name, timeoutMs } = pinger
  let startedAt: number | undefined
  let stopped = false
  let abort = () => {}

  const attempt = async (signal: AbortSignal) => {
    const answer = await pinger.ping(signal)
    if (answer === false) {
      throw new HealthError('ERR_HEALTH_FALSE', `the ping of ${name} returned false`)
    }
  }

  return {
    stuck() {
      if (startedAt === undefined) return undefined
      const durationMs = performance.now() - startedAt
      const error = new HealthError(
        'ERR_HEALTH_STUCK',
        `a ping started ${inSeconds(durationMs)} ago still runs (its timeout is ${timeoutMs} ms); no other one is started`,
      )
      return { result: 'stuck', error, durationMs }
    },
    stop() {
      stopped = true
      abort()
    },
    run() {
      const now = performance.now()
      if (stopped) return Promise.resolve({ result: 'stopped', error: undefined, durationMs: 0 })
      startedAt = now
      return new Promise((resolve) => {
        const controller = new AbortController()
        let ended = false
        const end = (result: Outcome['result'], error?: unknown) => {
          ended = true
          clearTimeout(timer)
          abort = () => {}
          resolve({ result, error, durationMs: performance.now() - now })
        }
        const timeOut = () => {
          if (ended) return
          const error = new HealthError('ERR_HEALTH_TIMEOUT', `no answer within ${timeoutMs} ms`)
          // First the outcome, then the abort: a function that obeys its signal rejects at once.
          end('timed out', error)
          controller.abort(error)
        }
        // After a blocked event loop, timers run before the answers that have arrived meanwhile:
        // read those first.
        const timer = setTimeout(() => setImmediate(timeOut), timeoutMs)
        abort = () => {
          end('stopped')
          controller.abort(new DOMException('the health checker has shut down', 'AbortError'))
        }
        const returned = (result: 'passed' | 'failed', error?: unknown) => {
          startedAt = undefined
          end(result, error)
        }
        attempt(controller.signal).then(
          () => returned('passed'),
          (error: unknown) => returned('failed', error),
        )
      })
    },
  }
}
