import type { BoundAddress } from '../listener/address.ts'

/** What `listen` resolves with. */
export interface Addresses {
  /** Of the first listener; without one, that of `admin`. */
  readonly address: BoundAddress
  /** Of all listeners, in the order in which they were given. */
  readonly addresses: readonly BoundAddress[]
  readonly admin?: BoundAddress
}

/** A request whose response the server did not complete. */
export interface CutRequest {
  readonly method: string
  /** Without the query string, at most 200 characters. */
  readonly path: string
  readonly ageMs: number
  /** Whether the header of the response had been sent. */
  readonly responding: boolean
}

/** What reached a limit, or was not HTTP, since the start. */
export interface Refused {
  /** 408: `readHeaderMs` or `readMs`. */
  readonly timeout: number
  /** 431: `maxHeaderBytes`. */
  readonly tooLarge: number
  /** 400 or 413: not HTTP. */
  readonly malformed: number
  /** Cut by `writeMs`. */
  readonly stalled: number
  /**
   * Arrived after the server had begun to close the connection: not processed, so that a client can
   * safely send it again.
   */
  readonly late: number
  /** 503: `timeouts.handlerMs`. */
  readonly unanswered: number
  /** 503: `overload`. */
  readonly shed: number
  /** 503, or closed: `maxConnections`. */
  readonly connections: number
  /** TLS handshakes that failed, or took longer than `readHeaderMs`. */
  readonly handshake: number
}

/** How one hook, or one part, ended. */
export interface StepReport {
  readonly name: string
  readonly outcome: 'done' | 'failed' | 'timeout'
  readonly ms: number
  /** The message of the error that it failed with. */
  readonly error?: string
}

/**
 * What a shutdown did. `inFlight + arrived` is always `answered + aborted + failed + cut`.
 */
export interface ShutdownReport {
  /** `SIGTERM`, `uncaughtException`, or what was passed to `shutdown()`. */
  readonly reason: string
  /** No request and no upgraded connection was cut, no handler left at work, no hook failed. */
  readonly clean: boolean
  /** Requests in flight when the shutdown started. */
  readonly inFlight: number
  /** Requests that arrived later and were served too. */
  readonly arrived: number
  /** Of both, those whose response was sent completely, whatever its status. */
  readonly answered: number
  /** Of both, those whose client disconnected first. */
  readonly aborted: number
  /** Of both, those whose response an error broke off. */
  readonly failed: number
  /** Of both, those that this process ended early: at the deadline, or at a timeout. */
  readonly cut: number
  /** The first 100 of those that were cut. */
  readonly cutRequests: readonly CutRequest[]
  /**
   * Requests that have ended, but whose handlers had not when the hooks were run: the promise that
   * they returned, or passed to `waitUntil`, was still pending at the deadline. The first 100.
   */
  readonly unfinished: readonly CutRequest[]
  /**
   * Connections without a request that were closed by the server: `idle` had served one before,
   * `unused` never had. `upgraded` were asked to close (WebSocket: 1001); `cut` of them had not done
   * so at the deadline.
   */
  readonly connections: {
    readonly idle: number
    readonly unused: number
    readonly upgraded: number
    readonly cut: number
  }
  /** How each gRPC server ended. `failed`: its calls were cut at the deadline. */
  readonly grpc: readonly StepReport[]
  readonly refused: Refused
  readonly hooks: readonly StepReport[]
  /** `tracing`, `metrics` and `logger`, where they were given. */
  readonly flushed: readonly StepReport[]
  readonly phases: {
    readonly drainMs: number
    readonly closeMs: number
    readonly hooksMs: number
    readonly flushMs: number
  }
  readonly totalMs: number
}

/** The report as the fields of one log line. */
export function fieldsOf(report: ShutdownReport): Record<string, unknown> {
  const fields: Record<string, unknown> = {
    reason: report.reason,
    total_ms: report.totalMs,
    in_flight: report.inFlight,
    arrived: report.arrived,
    answered: report.answered,
    aborted: report.aborted,
    failed: report.failed,
    cut: report.cut,
  }
  if (report.cut > 0) fields['cut_requests'] = report.cutRequests.map(describeRequest)
  if (report.unfinished.length > 0) fields['unfinished'] = report.unfinished.map(describeRequest)
  return {
    ...fields,
    closed_idle: report.connections.idle,
    closed_unused: report.connections.unused,
    closed_upgraded: report.connections.upgraded,
    cut_upgraded: report.connections.cut,
    refused: Object.values(report.refused).reduce((sum, count) => sum + count, 0),
    ...(report.grpc.length > 0 ? { grpc: report.grpc.map(describeStep) } : {}),
    hooks: report.hooks.map(describeStep),
    flushed: report.flushed.map(describeStep),
    drain_ms: report.phases.drainMs,
    close_ms: report.phases.closeMs,
    hooks_ms: report.phases.hooksMs,
    flush_ms: report.phases.flushMs,
  }
}

const describeRequest = ({ method, path, ageMs }: CutRequest) => `${method} ${path} ${ageMs}ms`

function describeStep({ name, outcome, ms, error }: StepReport): string {
  const step = `${name} ${outcome} ${ms}ms`
  return error === undefined ? step : `${step}: ${error}`
}
