import { reasonOf } from '@clew/internal/errors/reason'
import { state } from '../instruments/state.ts'

/** Reports that a callback of the user threw. It costs the measurement, not the request. */
export function reportCallback(option: string, error: unknown): void {
  const reason = reasonOf(error)
  state().reportOnce?.(`http ${option}`, {
    type: 'metrics.callback_failed',
    level: 'warn',
    message: `the option ${option} of metrics.http threw: ${reason}`,
    fields: { option, reason },
  })
}
