import type { Middleware } from '@clew/internal/requests/middleware'
import type { NamedLevels } from '../engine/named-levels.ts'
import type { Override } from '../engine/overrides.ts'
import type { Level } from '../level.ts'
import type { Fields, LazyFields } from '../line/fields.ts'
import type { ClientOptions } from '../requests/client.ts'
import type { HttpOptions } from '../requests/http.ts'
import type { Bindable } from '../scope/binding.ts'
import type { Entered } from '../scope/entered.ts'
import type { ChildOptions } from './own-level.ts'

/**
 * Writes lines. Inside a scope of its engine, its lines belong to that scope, wherever the logger
 * came from. Never throws.
 */
export interface Logger {
  /**
   * The lowest level that is written. Assign to change it at run time, for this logger, its parent
   * and all children without a level of their own; of a child that has its own, only that, and of one
   * with a name, that of the name.
   */
  level: Level
  /** Levels of children with a name. Assign others to change them at run time. */
  levels: NamedLevels
  /**
   * Lines that could not be written, by any logger that writes to the same places, or not encoded,
   * or that were dropped from a scope that was released.
   */
  readonly dropped: number
  /** Lines that were longer than `maxLineBytes` and cut, of each output. */
  readonly truncated: number
  debug(msg: string, fields?: Fields | LazyFields): void
  /** Held inside a scope, until the scope turns out to matter. */
  info(msg: string, fields?: Fields | LazyFields): void
  /** Level info, but never held. */
  print(msg: string, fields?: Fields | LazyFields): void
  /** Never held; releases nothing. */
  warn(msg: string, fields?: Fields | LazyFields): void
  /**
   * Writes the error with stack and causes, and releases what the scope holds. Without `msg`, the
   * error's message is used.
   */
  error(msg: string, fields?: Fields | LazyFields): void
  error(err: unknown, msg?: string, fields?: Fields | LazyFields): void
  /** As `error`. Ends nothing: the caller decides. */
  fatal(msg: string, fields?: Fields | LazyFields): void
  fatal(err: unknown, msg?: string, fields?: Fields | LazyFields): void
  /** The level as an argument. */
  log(level: Level, msg: string, fields?: Fields | LazyFields): void
  /** A logger with more fields, and with a name or a level of its own, if you give it one. */
  child(fields: Fields, options?: ChildOptions): Logger
  /** Adds fields to the closing line of the current scope. Outside a scope, does nothing. */
  set(fields: Fields): void
  /**
   * Runs `fn` in a scope: its lines carry `fields`, and those at info wait. It ends when `fn`
   * returns or its promise settles. An error is written with the closing line and rethrown. Inside
   * another scope, it shares the lines that one holds.
   */
  scope<T>(fn: () => T): T
  scope<T>(fields: Fields, fn: () => T): T
  /**
   * Opens a scope in which the code that follows runs, and what it starts, until `end()`: for jobs
   * and connections that no single function is around. Where one is, `scope` is safer.
   */
  enter(fields?: Fields): Entered
  /**
   * `fn` as a function that runs in the scope and request that are current now, whoever calls it: a
   * pool, a queue, an emitter. Made outside of any scope, it runs outside.
   */
  bind<F extends Bindable>(fn: F): F
  /** A middleware that opens a scope for each request and writes its closing line. */
  http(options?: HttpOptions): Middleware
  /**
   * Logs the requests that `fetch`, undici, node:http and node:https make, in the scope that they are made in: one line
   * for each, when it is done.
   * @returns a function that stops it
   */
  client(options?: ClientOptions): () => void
  /** Whether a line of this level, logged here and now, would be written or held. */
  isEnabled(level: Level): boolean
  /**
   * Lowers the level for a while, for some requests or for all; what they hold is written at once.
   * @returns a function that ends it
   */
  override(override: Override): () => void
  /**
   * Writes what the current scope holds, and what is buffered. From then on the scope holds
   * nothing.
   */
  flush(): void
  /**
   * Resolves when everything is written, by streams too, or after `timeoutMs` (3000); at once where
   * nobody reads any more. Closes the files that no other logger uses. The logger stays usable: a
   * later line opens its file again.
   */
  shutdown(timeoutMs?: number): Promise<void>
}
