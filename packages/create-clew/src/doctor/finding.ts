import type { Area } from '../wiring/areas.ts'

/** A place that speaks for or against. */
export interface Evidence {
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  readonly what: string
}

/** What a production service needs to have. */
export type ConcernId =
  | 'logs'
  | 'context'
  | 'traces'
  | 'metrics'
  | 'liveness'
  | 'readiness'
  | 'stop'
  | 'headers'
  | 'access'
  | 'config'
  | 'debugging'

/** What was found of one concern. */
export interface Finding {
  readonly id: ConcernId
  readonly title: string
  /** `partial`: it is there, and something that was seen defeats it. */
  readonly status: 'covered' | 'partial' | 'missing'
  readonly saw: readonly Evidence[]
  /** In words, where there is more to say than what was seen. */
  readonly note: string | undefined
}

/** What covers each concern. Security headers are the business of others. */
export const areaOf: Readonly<Record<ConcernId, Area | undefined>> = {
  logs: 'log',
  context: 'log',
  traces: 'trace',
  metrics: 'metrics',
  liveness: 'health',
  readiness: 'health',
  stop: 'server',
  headers: undefined,
  access: 'security',
  config: 'config',
  debugging: 'debug',
}
