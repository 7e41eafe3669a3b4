import type { Check } from './errors.ts'

/** How much a line matters. */
export type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal'

export const debugSeverity = 10
export const infoSeverity = 20
export const warnSeverity = 30
export const errorSeverity = 40
export const fatalSeverity = 50

const severities: Readonly<Record<Level, number>> = {
  debug: debugSeverity,
  info: infoSeverity,
  warn: warnSeverity,
  error: errorSeverity,
  fatal: fatalSeverity,
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
