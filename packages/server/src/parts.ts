import type { IncomingMessage, ServerResponse } from 'node:http'

/** What answers requests: an Express app, `koa.callback()`, Fastify's `routing`, or a plain function. */
export type Handler = (req: IncomingMessage, res: ServerResponse) => unknown

/** Connect-shaped middleware on Node's own types. */
export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** What a part says about itself. */
export interface Report {
  readonly type: string
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

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
  /** Called at the start of a shutdown: readiness answers 503 from then on. */
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
  /** Called before listening, with the handler; a throw is a failed start. */
  // biome-ignore lint/suspicious/noExplicitAny: each framework's application has its own type
  audit?(handler: any): unknown
  shutdown?(): unknown
}
