import type { LoggerPart } from './parts.ts'

export type Notice = (
  kind: string,
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: Record<string, unknown>,
) => void

const quietMs = 10_000

/**
 * Lines that a stranger can cause at will: the first of a kind is written, then at most one in ten seconds, with the number of
 * those in between.
 */
export function notices(log: LoggerPart['log']): Notice {
  const kinds = new Map<string, { quietUntil: number; suppressed: number }>()
  return (kind, level, message, fields) => {
    const now = performance.now()
    const state = kinds.get(kind) ?? { quietUntil: 0, suppressed: 0 }
    kinds.set(kind, state)
    if (now < state.quietUntil) {
      state.suppressed++
      return
    }
    const { suppressed } = state
    state.quietUntil = now + quietMs
    state.suppressed = 0
    log(level, message, suppressed > 0 ? { ...fields, suppressed } : fields)
  }
}
