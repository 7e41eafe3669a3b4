import type { Check } from '../errors.ts'
import { redacted } from './text-names.ts'

/** What is shown instead of a hidden value. */
export type Censor = (value: unknown, key: string) => unknown

/** Checks the option. A function is called so that it cannot throw; that it does is said once. */
export function censorOption(
  check: Check,
  censor: unknown,
  report: (message: string) => void,
): Censor | undefined {
  if (censor === undefined) return undefined
  if (typeof censor === 'string') return () => censor
  if (typeof censor !== 'function') {
    throw check.error('redact.censor', 'a string or a function', censor)
  }
  let isReported = false
  return (value, key) => {
    try {
      return (censor as Censor)(value, key) ?? null
    } catch {
      // What it threw may hold the value.
      if (!isReported) report('redact.censor throws: the values are [redacted]')
      isReported = true
      return redacted
    }
  }
}
