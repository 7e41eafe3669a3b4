import type { BoundAddress } from './address.ts'

/** What `listen` resolves with. */
export interface Addresses {
  readonly address: BoundAddress
  readonly admin?: BoundAddress
}

/** A request that got no whole answer because the shutdown's deadline came. */
export interface CutRequest {
  readonly method: string
  /** Without the query string, at most 200 characters. */
  readonly path: string
  readonly ageMs: number
  /** Whether the header of the response had been sent. */
  readonly responding: boolean
}

/** What ended at a limit, or was no HTTP, since the start. */
export interface Refused {
  /** 408: `readHeaderMs` or `readMs`. */
  readonly timeout: number
  /** 431: `maxHeaderBytes`. */
  readonly tooLarge: number
  /** 400 or 413: not HTTP. */
  readonly malformed: number
  /** Cut by `writeMs`. */
  readonly stalled: number
}

/** How one hook, or one part, ended. */
export interface StepReport {
  readonly name: string
  readonly outcome: 'done' | 'failed' | 'timeout'
  readonly ms: number
  /** The message of what it failed with. */
  readonly error?: string
}

/**
 * What a shutdown did. `inFlight + arrived` is always `answered + aborted + cut`.
 */
export interface ShutdownReport {
  /** `SIGTERM`, `uncaughtException`, or what was given to `shutdown()`. */
  readonly reason: string
  /** No request was cut and no hook failed. */
  readonly clean: boolean
  /** Requests being served when the shutdown started. */
  readonly inFlight: number
  /** Requests that came later, and were served too. */
  readonly arrived: number
  /** Of both, those whose response was handed over whole. */
  readonly answered: number
  /** Of both, those whose client went away first. */
  readonly aborted: number
  /** Of both, those cut at the deadline. */
  readonly cut: number
  /** The first 100 of those cut. */
  readonly cutRequests: readonly CutRequest[]
  /** Connections without a request that were closed by the server: `idle` had served one before, `unused` never had. */
  readonly connections: {
    readonly idle: number
    readonly unused: number
    readonly upgraded: number
  }
  readonly refused: Refused
  readonly hooks: readonly StepReport[]
  /** `tracing`, `metrics` and `logger`, as far as they were given. */
  readonly flushed: readonly StepReport[]
  readonly phases: {
    readonly drainMs: number
    readonly closeMs: number
    readonly hooksMs: number
    readonly flushMs: number
  }
  readonly totalMs: number
}

/** The report as fields of one log line. */
export function fieldsOf(report: ShutdownReport): Record<string, unknown> {
  const steps = (list: readonly StepReport[]) =>
    list.map(({ name, outcome, ms, error }) =>
      error === undefined ? `${name} ${outcome} ${ms}ms` : `${name} ${outcome} ${ms}ms: ${error}`,
    )
  return {
    reason: report.reason,
    total_ms: report.totalMs,
    in_flight: report.inFlight,
    arrived: report.arrived,
    answered: report.answered,
    aborted: report.aborted,
    cut: report.cut,
    ...(report.cut > 0
      ? {
          cut_requests: report.cutRequests.map(
            ({ method, path, ageMs }) => `${method} ${path} ${ageMs}ms`,
          ),
        }
      : {}),
    closed_idle: report.connections.idle,
    closed_unused: report.connections.unused,
    closed_upgraded: report.connections.upgraded,
    refused: Object.values(report.refused).reduce((sum, count) => sum + count, 0),
    hooks: steps(report.hooks),
    flushed: steps(report.flushed),
    drain_ms: report.phases.drainMs,
    close_ms: report.phases.closeMs,
    hooks_ms: report.phases.hooksMs,
    flush_ms: report.phases.flushMs,
  }
}
