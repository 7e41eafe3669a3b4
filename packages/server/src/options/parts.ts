import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Report } from '@clew/internal/reports/reporter'
import type { Middleware } from '@clew/internal/requests/middleware'

/**
 * What answers requests: an Express app, `koa.callback()`, Fastify's `routing`, or a plain
 * function. The rejection of a promise that it returns is handled.
 */
export type Handler = (req: IncomingMessage, res: ServerResponse) => unknown

/** A part whose reports the logger can be subscribed to. */
export interface Reporter {
  subscribe?(listener: (report: Report) => void): () => void
}

/** A logger, for instance one of `@clew/log`. Shut down last. */
export interface LoggerPart {
  log(
    level: 'debug' | 'info' | 'warn' | 'error' | 'fatal',
    message: string,
    fields?: Record<string, unknown>,
  ): void
  http?(): Middleware
  shutdown?(): unknown
}

/** A handle of `@clew/trace`, or anything with some of these members. */
export interface TracingPart extends Reporter {
  http?(): Middleware
  shutdown?(): unknown
}

/** A handle of `@clew/metrics`, or anything with some of these members. */
export interface MetricsPart extends Reporter {
  http?(): Middleware
  /** Answers a scrape; mounted at `/metrics` of the admin listener. */
  readonly handler?: Handler | undefined
  shutdown?(): unknown
}

/** A checker of `@clew/health`, or anything with these members. */
export interface HealthPart extends Reporter {
  handler(kind: 'live' | 'ready' | 'startup' | 'details'): Handler
  /** Called at the start of a shutdown: from then on readiness answers 503. */
  drain?(): void
  shutdown?(): unknown
}

/** A console of `@clew/debug`, or anything with these members. */
export interface DebugPart extends Reporter {
  /** Mounted at `/debug` and everything below it, on the admin listener. */
  readonly handler: Handler
  http?(): Middleware
  shutdown?(): unknown
}

/** An API of `@clew/security`, or anything with these members. */
export interface SecurityPart extends Reporter {
  /** Called with the handler before listening. If it throws, the start fails. */
  // biome-ignore lint/suspicious/noExplicitAny: each framework's application has its own type
  audit?(handler: any): unknown
  shutdown?(): unknown
}

/** The parts of an application that were given to the server. */
export interface Parts {
  readonly logger: LoggerPart | undefined
  readonly tracing: TracingPart | undefined
  readonly metrics: MetricsPart | undefined
  readonly health: HealthPart | undefined
  readonly debug: DebugPart | undefined
  readonly security: SecurityPart | undefined
}

/** Writes one line. Never throws. */
export type Log = LoggerPart['log']
