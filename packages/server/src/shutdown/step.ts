import { reasonOf } from '@clew/internal/errors/reason'
import type { StepReport } from '../lifecycle/report.ts'

/** Runs one step of a shutdown and waits for at most `limitMs`. Never rejects. */
export function runStep(name: string, step: () => unknown, limitMs: number): Promise<StepReport> {
  const startedAt = performance.now()
  const waitMs = Math.max(1, limitMs)
  return new Promise((resolve) => {
    const settle = (outcome: StepReport['outcome'], error?: string) => {
      clearTimeout(timer)
      const ms = Math.round(performance.now() - startedAt)
      resolve(error === undefined ? { name, outcome, ms } : { name, outcome, ms, error })
    }
    const timer = setTimeout(
      () => settle('timeout', `not done after ${Math.round(waitMs)} ms`),
      waitMs,
    )
    const onError = (error: unknown) => settle('failed', reasonOf(error))
    try {
      Promise.resolve(step()).then(() => settle('done'), onError)
    } catch (error) {
      onError(error)
    }
  })
}

export function sleep(ms: number): Promise<void> {
  return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve()
}
