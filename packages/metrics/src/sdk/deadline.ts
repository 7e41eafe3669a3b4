import { reasonOf } from '@clew/internal/errors/reason'
import type { Report } from '@clew/internal/reports/reporter'

export interface DeadlineOptions {
  /** What the work is, for the report. */
  readonly name: string
  readonly timeoutMs: number
  readonly report: (report: Report) => void
}

/** Waits for work to finish, but no longer than the timeout. Reports a failure; never rejects. */
export async function withDeadline(
  work: Promise<void>,
  { name, timeoutMs, report }: DeadlineOptions,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, `not done in ${timeoutMs} ms`)
  })
  const problem = await Promise.race([work.then(() => undefined, reasonOf), deadline])
  clearTimeout(timer)
  if (problem === undefined) return
  report({
    type: 'metrics.shutdown_incomplete',
    level: 'warn',
    message: `${name} is incomplete, and the last metrics may be lost: ${problem}`,
    fields: { reason: problem },
  })
}
