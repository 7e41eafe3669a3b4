import type { Check } from './errors.ts'

/** How much a line matters. */
export type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal'

export const DEBUG = 10
export const INFO = 20
export const WARN = 30
export const ERROR = 40
export const FATAL = 50

const severities: Readonly<Record<Level, number>> = {
  debug: DEBUG,
  info: INFO,
  warn: WARN,
  error: ERROR,
  fatal: FATAL,
}

export const levels: readonly Level[] = Object.keys(severities) as Level[]

/** The number of a level; undefined for anything else. */
export function severityOf(level: unknown): number | undefined {
  return typeof level === 'string' && Object.hasOwn(severities, level)
    ? severities[level as Level]
    : undefined
}

export function levelOf(severity: number): Level {
  return levels[severity / 10 - 1] ?? 'info'
}

/** Checks an option that is a level, and returns its number. */
export const levelOption = (check: Check, option: string, value: unknown): number =>
  severities[check.oneOf(option, value, levels)]
