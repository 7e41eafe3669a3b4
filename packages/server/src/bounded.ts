import { messageOf } from './errors.ts'
import type { StepReport } from './report.ts'

/** Runs `step` and waits for it no longer than `limitMs`. Never rejects. */
export function bounded(name: string, step: () => unknown, limitMs: number): Promise<StepReport> {
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const done = (outcome: StepReport['outcome'], error?: string) => {
      clearTimeout(timer)
      const ms = Math.round(performance.now() - startedAt)
      resolve(error === undefined ? { name, outcome, ms } : { name, outcome, ms, error })
    }
    const timer = setTimeout(
      () => done('timeout', `not done after ${Math.round(limitMs)} ms`),
      Math.max(1, limitMs),
    )
    try {
      Promise.resolve(step()).then(
        () => done('done'),
        (error: unknown) => done('failed', messageOf(error)),
      )
    } catch (error) {
      done('failed', messageOf(error))
    }
  })
}

export function sleep(ms: number): Promise<void> {
  return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve()
}
