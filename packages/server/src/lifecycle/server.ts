import type { Server as HttpServer } from 'node:http'
import type { Certificate } from '../listener/certificate.ts'
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

/** What can be started once and shut down once: several listeners, or one. */
export interface Lifecycle {
  readonly state: ServerState
  /** Requests whose response is not complete yet. Calls of gRPC do not count. */
  readonly inFlight: number
  /** The certificates in use, of the listeners with `tls`. For a health check, for instance. */
  readonly certificates: readonly Certificate[]
  /**
   * Binds the admin listener, then the others in order; of what the application binds itself it waits
   * for that.
   * @throws {ServerError} `ERR_SERVER_LISTEN`, `ERR_SERVER_CERTIFICATE`, `ERR_SERVER_AUDIT` or
   * `ERR_SERVER_STATE`
   */
  listen(): Promise<Addresses>
  /**
   * Reads the files of the certificates again, as SIGHUP and `reloadMs` do. Never rejects: broken
   * files are logged, and the certificate before stays.
   */
  reloadTls(): Promise<void>
  /**
   * Drains, runs the hooks, flushes. Never rejects; further calls return the same promise. After a
   * failed start, or before `listen()`, it runs the hooks and flushes.
   * @param reason - for the report, for instance the name of a signal
   */
  shutdown(reason?: string): Promise<ShutdownReport>
}

/** A lifecycle with one HTTP listener. */
export interface Server extends Lifecycle {
  /** Node's server, for libraries that need it: ws, socket.io. Do not call its `listen` or `close`. */
  readonly http: HttpServer
}
