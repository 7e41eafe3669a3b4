import type { Middleware } from '@clew/internal/requests/middleware'
import { addEntrances } from '../caller.ts'
import type { Level } from '../level.ts'
import type { Fields, LazyFields } from '../line/fields.ts'
import type { ClientOptions } from '../requests/client.ts'
import type { HttpOptions } from '../requests/http.ts'
import { type Bindable, bindHere } from '../scope/binding.ts'
import type { Entered } from '../scope/entered.ts'
import { current } from './default-logger.ts'
import type { Logger } from './logger.ts'
import type { ChildOptions } from './own-level.ts'

/** A line for debugging. See `Logger.debug`. */
export function debug(msg: string, fields?: Fields | LazyFields): void {
  current().debug(msg, fields)
}

/** A line that is held inside a scope, until the scope turns out to matter. */
export function info(msg: string, fields?: Fields | LazyFields): void {
  current().info(msg, fields)
}

/** A line at level info that is never held. */
export function print(msg: string, fields?: Fields | LazyFields): void {
  current().print(msg, fields)
}

/** A line that is never held, and releases nothing. */
export function warn(msg: string, fields?: Fields | LazyFields): void {
  current().warn(msg, fields)
}

/** Writes the error, and releases what the current scope holds. */
export function error(msg: string, fields?: Fields | LazyFields): void
export function error(err: unknown, msg?: string, fields?: Fields | LazyFields): void
export function error(
  err: unknown,
  msg?: string | Fields | LazyFields,
  fields?: Fields | LazyFields,
): void {
  current().error(err, msg as string | undefined, fields)
}

/** As `error`, at level fatal. Ends nothing: the caller decides. */
export function fatal(msg: string, fields?: Fields | LazyFields): void
export function fatal(err: unknown, msg?: string, fields?: Fields | LazyFields): void
export function fatal(
  err: unknown,
  msg?: string | Fields | LazyFields,
  fields?: Fields | LazyFields,
): void {
  current().fatal(err, msg as string | undefined, fields)
}

/** A line whose level is an argument. */
export function log(level: Level, msg: string, fields?: Fields | LazyFields): void {
  current().log(level, msg, fields)
}

/** A logger with more fields, made from the current one. */
export function child(fields: Fields, options?: ChildOptions): Logger {
  return current().child(fields, options)
}

/** Adds fields to the closing line of the current scope. */
export function set(fields: Fields): void {
  current().set(fields)
}

/** Runs `fn` in a scope of the current logger. */
export function scope<T>(fn: () => T): T
export function scope<T>(fields: Fields, fn: () => T): T
export function scope<T>(first: Fields | (() => T), second?: () => T): T {
  return current().scope(first as Fields, second as () => T)
}

/**
 * Opens a scope of the current logger, in which the code that follows runs, and what it starts, until
 * `end()`.
 */
export function enter(fields?: Fields): Entered {
  return current().enter(fields)
}

/** `fn` as a function that runs in the scope and request that are current now. */
export function bind<F extends Bindable>(fn: F): F {
  return bindHere(fn)
}

/** The middleware of the default logger. */
export function http(options?: HttpOptions): Middleware {
  return current().http(options)
}

/** Logs the requests that `fetch`, undici, node:http and node:https make, through the default logger. */
export function client(options?: ClientOptions): () => void {
  return current().client(options)
}

/** Whether a line of this level, logged here and now, would be written or held. */
export function isEnabled(level: Level): boolean {
  return current().isEnabled(level)
}

/** Writes what the current scope holds, and what is buffered. */
export function flush(): void {
  current().flush()
}

addEntrances([debug, info, print, warn, error, fatal, log])
