import type { Check } from '../errors.ts'

export function checkSeconds(check: Check, seconds: unknown): void {
  check.number('seconds', seconds, { min: 0.01, max: 3600 })
}

export function checkSignal(check: Check, signal: unknown): void {
  // Not `instanceof`: test runners have an `AbortSignal` of their own.
  const { aborted } = (signal ?? {}) as { readonly aborted?: unknown }
  if (signal !== undefined && typeof aborted !== 'boolean') {
    throw check.error('signal', 'an AbortSignal', signal)
  }
}
