import type { Server as HttpServer } from 'node:http'
import type { Addresses, ShutdownReport } from './report.ts'

/**
 * `created` → `starting` → `listening` → `draining` (readiness is off, still serving) → `closing`
 * (no new connections) → `flushing` (hooks, then telemetry) → `stopped`. A failed start goes back
 * to `created`.
 */
export type ServerState =
  | 'created'
  | 'starting'
  | 'listening'
  | 'draining'
  | 'closing'
  | 'flushing'
  | 'stopped'

/** A server that can be started once and shut down once. */
export interface Server {
  readonly state: ServerState
  /** Node's server, for libraries that need it: ws, socket.io. Do not call its `listen` or `close`. */
  readonly http: HttpServer
  /** Requests whose response is not complete yet. */
  readonly inFlight: number
  /**
   * Binds the admin listener, then the public one.
   * @throws {ServerError} `ERR_SERVER_LISTEN`, `ERR_SERVER_AUDIT` or `ERR_SERVER_STATE`
   */
  listen(): Promise<Addresses>
  /**
   * Drains, runs the hooks, flushes. Never rejects; further calls return the same promise. After a
   * failed start, or before `listen()`, it runs the hooks and flushes.
   * @param reason - for the report, for instance the name of a signal
   */
  shutdown(reason?: string): Promise<ShutdownReport>
}
