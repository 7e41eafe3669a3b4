import { addDoors } from './caller.ts'
import { createRoot } from './create-root.ts'
import { DEBUG, ERROR, FATAL, INFO, type Level, severityOf, WARN } from './level.ts'
import type { Fields } from './line.ts'
import type { LogOptions } from './options.ts'
import type { Override } from './override.ts'
import { type ClientOptions, watchClient } from './requests/client.ts'
import { createHttp, type HttpOptions, type Middleware } from './requests/http.ts'
import type { LoggerState, Root } from './root.ts'
import { Closing } from './scope/closing.ts'
import type { Context } from './scope/context.ts'
import { runScope } from './scope/job.ts'
import { state } from './state.ts'
import { messageOf } from './statement.ts'
import { reconfigure, remember } from './unconfigured.ts'

/** Writes lines. Inside a scope of its root, its lines belong to that scope, wherever the logger came from. Never throws. */
export interface Logger {
  /** The lowest level that is written. Assign to change it at run time, for this logger, its parent and all children. */
  level: Level
  /**
   * Lines that could not be written, by any logger that writes to the same places, or not encoded, or that fell out of a scope that was
   * released.
   */
  readonly dropped: number
  debug(msg: string, fields?: Fields): void
  /** Held back inside a scope, until the scope turns out to matter. */
  info(msg: string, fields?: Fields): void
  /** Level info, but never held back. */
  print(msg: string, fields?: Fields): void
  /** Never held back; releases nothing. */
  warn(msg: string, fields?: Fields): void
  /** Writes the error with stack and causes, and releases what the scope holds. Without `msg`, the error's message is used. */
  error(msg: string, fields?: Fields): void
  error(err: unknown, msg?: string, fields?: Fields): void
  /** As `error`. Ends nothing: the caller decides. */
  fatal(msg: string, fields?: Fields): void
  fatal(err: unknown, msg?: string, fields?: Fields): void
  /** The level as an argument. */
  log(level: Level, msg: string, fields?: Fields): void
  /** A logger with more fields. */
  child(fields: Fields): Logger
  /** Adds fields to the closing line of the current scope. Outside a scope there is none, and nothing happens. */
  set(fields: Fields): void
  /**
   * Runs `fn` in a scope: its lines carry `fields`, and those at info wait. It ends when `fn` returns or its promise settles. An
   * error is written as the closing line and thrown on. Inside another scope, it shares that one's held lines.
   */
  scope<T>(fields: Fields, fn: () => T): T
  /** A middleware that opens a scope for each request and writes its closing line. */
  http(options?: HttpOptions): Middleware
  /**
   * Logs the requests that `fetch` and undici make, in the scope that they are made in: one line for each, when it is done. Call the
   * result to stop.
   */
  client(options?: ClientOptions): () => void
  /** Whether a line of this level, logged here and now, would be written or held. */
  isEnabled(level: Level): boolean
  /** Lowers the level for a while, for some requests or for all; what they hold is written at once. Call the result to end it. */
  override(override: Override): () => void
  /** Writes what the current scope holds, and what is buffered. From then on the scope holds nothing. */
  flush(): void
  /**
   * Resolves when everything is written, by streams too, or after `timeoutMs`; at once where nobody reads any more. The logger stays
   * usable.
   */
  shutdown(timeoutMs?: number): Promise<void>
}

/** A logger of its own: outputs, level, bounds. */
export function create(options: LogOptions = {}): Logger {
  const root = createRoot(options)
  const logger = new View(root, root.contextOf(options.fields ?? {}))
  state.latest = logger
  return logger
}

/**
 * As `create`, and makes it the logger that ambient functions use outside of any scope. What was made of the default logger before, at
 * the top of a module for example, follows the first call.
 */
export function configure(options: LogOptions = {}): Logger {
  if (state.standard !== undefined && reconfigure(state.standard as LoggerState, options)) {
    state.latest = state.standard
  } else state.standard = create(options)
  return state.standard
}

/** The logger that ambient functions use outside of any scope. */
export function standard(): Logger {
  if (state.standard === undefined) {
    const logger = create() as View
    remember(logger)
    state.standard = logger
  }
  return state.standard
}

// A class, since there is one for each child: its methods and accessors are made once.
class View implements Logger, LoggerState {
  context: Context
  readonly #root: Root

  constructor(root: Root, context: Context) {
    this.#root = root
    this.context = context
  }

  get root(): Root {
    return this.#root
  }

  get level(): Level {
    return this.#root.level
  }

  set level(level) {
    this.#root.setLevel(level)
  }

  get dropped(): number {
    return this.#root.dropped()
  }

  debug(msg: string, fields?: Fields): void {
    const root = this.#root
    if (root.lowest <= DEBUG) {
      root.record(this, root.scope(), DEBUG, msg, fields, undefined, false)
    }
  }

  info(msg: string, fields?: Fields): void {
    const root = this.#root
    if (root.lowest <= INFO) {
      root.record(this, root.scope(), INFO, msg, fields, undefined, false)
    }
  }

  print(msg: string, fields?: Fields): void {
    this.#root.record(this, this.#root.scope(), INFO, msg, fields, undefined, true)
  }

  warn(msg: string, fields?: Fields): void {
    this.#root.record(this, this.#root.scope(), WARN, msg, fields, undefined, true)
  }

  error(err: unknown, second?: unknown, third?: Fields): void {
    this.#fail(ERROR, err, second, third)
  }

  fatal(err: unknown, second?: unknown, third?: Fields): void {
    this.#fail(FATAL, err, second, third)
  }

  #fail(severity: number, err: unknown, second: unknown, third: Fields | undefined): void {
    const root = this.#root
    if (typeof err === 'string' && typeof second !== 'string') {
      root.record(this, root.scope(), severity, err, second ?? third, undefined, true)
    } else if (typeof second === 'object' && second !== null && third === undefined) {
      // Without types: `error(err, { id: 1 })`.
      root.record(this, root.scope(), severity, messageOf(err), second, err ?? undefined, true)
    } else {
      const { redaction, maxValueBytes } = root.encoding
      const msg = second ?? redaction.text(messageOf(err), maxValueBytes)
      root.record(this, root.scope(), severity, msg, third, err ?? undefined, true)
    }
  }

  log(level: Level, msg: string, fields?: Fields): void {
    const severity = severityOf(level) ?? INFO
    this.#root.record(this, this.#root.scope(), severity, msg, fields, undefined, false)
  }

  child(fields: Fields): Logger {
    const child = new View(this.#root, this.#root.contextOf(fields, this.context))
    this.#root.unconfigured?.loggers.add(child)
    return child
  }

  set(fields: Fields): void {
    const hold = this.#root.scope()?.hold
    if (hold === undefined) return
    hold.closing ??= new Closing()
    hold.closing.add(this.#root.snapshot(fields), this.#root.encoding.maxFields)
  }

  scope<T>(fields: Fields, fn: () => T): T {
    return runScope(this.#root, this, fields, fn)
  }

  http(options?: HttpOptions): Middleware {
    return createHttp(this.#root, this, options)
  }

  client(options?: ClientOptions): () => void {
    return watchClient(this.#root, this, options)
  }

  isEnabled(level: Level): boolean {
    return this.#root.isEnabled(this.#root.scope(), severityOf(level) ?? INFO)
  }

  override(override: Override): () => void {
    return this.#root.override(override)
  }

  flush(): void {
    const scope = this.#root.scope()
    if (scope !== undefined) this.#root.release(scope)
    this.#root.flush()
  }

  shutdown(timeoutMs = 3000): Promise<void> {
    return this.#root.shutdown(timeoutMs)
  }
}

const { debug, info, print, warn, error, fatal, log } = View.prototype
addDoors([debug, info, print, warn, error, fatal, log])
