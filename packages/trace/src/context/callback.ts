import { reasonOf } from '@clew/internal/errors/reason'
import { oncePerKey } from '@clew/internal/reports/repeats'
import type { Report } from '@clew/internal/reports/reporter'
import { writeStderr } from '@clew/internal/reports/stderr'
import { settled } from '@clew/internal/requests/callback'
import { shared } from './shared.ts'

/** Before and without `configure`, nobody can subscribe. */
const toStderr = oncePerKey(({ level, message }) => writeStderr(`@clew/trace ${level}: ${message}`))

/** Passes on the first report of each key. */
export function reportOnce(key: string, first: Report): void {
  const { reportOnce: report = toStderr } = shared()
  report(key, first)
}

/** Reports that something of the user threw, once for each `subject`. It never costs the request. */
export function reportCallback(subject: string, error: unknown): void {
  const reason = reasonOf(error)
  reportOnce(`callback ${subject}`, {
    type: 'trace.callback_failed',
    level: 'warn',
    message: `${subject} threw: ${reason}`,
    fields: { callback: subject, reason },
  })
}

/**
 * A function of the user that can do no harm: what it throws is reported, and `otherwise` returned.
 * So is a promise, for which nobody can wait here.
 */
export function guarded<A, R>(subject: string, fn: (arg: A) => R, otherwise: R): (arg: A) => R {
  return (arg) => {
    try {
      return settled(fn(arg))
    } catch (error) {
      reportCallback(subject, error)
      return otherwise
    }
  }
}
