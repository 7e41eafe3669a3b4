import type { Middleware } from '@clew/internal/requests/middleware'
import { addEntrances } from '../caller.ts'
import type { Engine, Origin } from '../engine/engine.ts'
import type { NamedLevels } from '../engine/named-levels.ts'
import type { Override } from '../engine/overrides.ts'
import { optionsOf } from '../errors.ts'
import {
  debugSeverity,
  errorSeverity,
  fatalSeverity,
  infoSeverity,
  type Level,
  levelOf,
  levelOption,
  severityOf,
  warnSeverity,
} from '../level.ts'
import type { Context } from '../line/context.ts'
import { messageOf } from '../line/error-message.ts'
import { type Fields, type LazyFields, toFields } from '../line/fields.ts'
import { type ClientOptions, watchClient } from '../requests/client.ts'
import { createHttp, type HttpOptions } from '../requests/http.ts'
import { type Bindable, bindHere } from '../scope/binding.ts'
import { ClosingFields } from '../scope/closing-fields.ts'
import { type Entered, enterScope } from '../scope/entered.ts'
import { runScope } from '../scope/job.ts'
import type { Logger } from './logger.ts'
import { type ChildOptions, OwnLevel } from './own-level.ts'

/**
 * A logger: a view of an engine with fields of its own. A class, since there is one for each child:
 * its methods and accessors are made once.
 */
export class View implements Logger, Origin {
  context: Context
  readonly #engine: Engine
  readonly #own: OwnLevel | undefined

  constructor(engine: Engine, context: Context, own?: OwnLevel) {
    this.#engine = engine
    this.context = context
    this.#own = own
  }

  get own(): number | undefined {
    return this.#own?.severity
  }

  get engine(): Engine {
    return this.#engine
  }

  get level(): Level {
    const { own } = this
    return own === undefined ? this.#engine.level : levelOf(own)
  }

  set level(level) {
    if (this.#own === undefined) this.#engine.level = level
    else this.#own.set(levelOption(optionsOf('logger'), 'level', level))
  }

  get levels(): NamedLevels {
    return this.#engine.named
  }

  set levels(levels) {
    this.#engine.named = levels
  }

  get truncated(): number {
    return this.#engine.encoding.counts.truncated
  }

  get dropped(): number {
    return this.#engine.dropped()
  }

  debug(msg: string, fields?: Fields | LazyFields): void {
    const engine = this.#engine
    if (engine.levels.lowest <= debugSeverity) engine.log(this, debugSeverity, msg, fields)
  }

  info(msg: string, fields?: Fields | LazyFields): void {
    const engine = this.#engine
    if (engine.levels.lowest <= infoSeverity) engine.log(this, infoSeverity, msg, fields)
  }

  print(msg: string, fields?: Fields | LazyFields): void {
    this.#engine.print(this, msg, fields)
  }

  warn(msg: string, fields?: Fields | LazyFields): void {
    this.#engine.log(this, warnSeverity, msg, fields)
  }

  error(err: unknown, second?: unknown, third?: Fields): void {
    this.#fail(errorSeverity, err, second, third)
  }

  fatal(err: unknown, second?: unknown, third?: Fields): void {
    this.#fail(fatalSeverity, err, second, third)
  }

  #fail(severity: number, err: unknown, second: unknown, third: Fields | undefined): void {
    const engine = this.#engine
    if (typeof err === 'string' && typeof second !== 'string') {
      engine.log(this, severity, err, second ?? third)
      return
    }
    // Without types: `error(err, { id: 1 })`.
    const isFields = typeof second !== 'string' && second != null && third === undefined
    const { redaction } = engine.encoding
    const message = isFields ? undefined : second
    engine.record(this, engine.scope(), severity, {
      msg: message ?? messageOf(err, redaction),
      fields: isFields ? second : third,
      err: err ?? undefined,
    })
  }

  log(level: Level, msg: string, fields?: Fields | LazyFields): void {
    this.#engine.log(this, severityOf(level) ?? infoSeverity, msg, fields)
  }

  child(fields: Fields, options?: ChildOptions): Logger {
    const engine = this.#engine
    let own = this.#own
    let all = fields
    if (options !== undefined) {
      own = OwnLevel.of(engine.levels, options, own)
      if (options.name !== undefined) all = { ...toFields(fields), logger: options.name }
    }
    const child = new View(engine, engine.contextOf(all, this.context), own)
    this.#engine.unconfigured?.add(child)
    return child
  }

  set(fields: Fields): void {
    const hold = this.#engine.scope()?.hold
    if (hold === undefined) return
    hold.closing ??= new ClosingFields()
    hold.closing.add(this.#engine.snapshot(fields), this.#engine.maxFields)
  }

  scope<T>(fn: () => T): T
  scope<T>(fields: Fields, fn: () => T): T
  scope<T>(first: Fields | (() => T), second?: () => T): T {
    const engine = this.#engine
    const isAlone = second === undefined && typeof first === 'function'
    const fields = isAlone ? {} : (first as Fields)
    const fn = isAlone ? (first as () => T) : second
    if (typeof fn !== 'function') {
      throw optionsOf('log.scope').error('fn', 'a function', fn)
    }
    return runScope({ owner: engine, origin: this, outer: engine.scope(), fields }, fn)
  }

  enter(fields: Fields = {}): Entered {
    const engine = this.#engine
    return enterScope({ owner: engine, origin: this, outer: engine.scope(), fields })
  }

  bind<F extends Bindable>(fn: F): F {
    return bindHere(fn)
  }

  http(options?: HttpOptions): Middleware {
    return createHttp(this, options)
  }

  client(options?: ClientOptions): () => void {
    return watchClient(this, options)
  }

  isEnabled(level: Level): boolean {
    return this.#engine.isEnabled(severityOf(level) ?? infoSeverity, this.own)
  }

  override(override: Override): () => void {
    return this.#engine.override(override)
  }

  flush(): void {
    const scope = this.#engine.scope()
    if (scope !== undefined) this.#engine.release(scope)
    this.#engine.flush()
  }

  shutdown(timeoutMs = 3000): Promise<void> {
    return this.#engine.shutdown(timeoutMs)
  }
}

const { debug, info, print, warn, error, fatal, log } = View.prototype
addEntrances([debug, info, print, warn, error, fatal, log])
