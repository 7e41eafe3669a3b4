import { type Check, optionsOf } from '../errors.ts'
import type { Encoding } from '../formats/encoding.ts'
import { createWatched } from '../formats/watched-line.ts'
import {
  errorSeverity,
  infoSeverity,
  type Level,
  levelOf,
  levelOption,
  warnSeverity,
} from '../level.ts'
import { Context } from '../line/context.ts'
import { type Fields, toFields } from '../line/fields.ts'
import type { HeldLine } from '../line/held-line.ts'
import { activeSpan, isSampled, type SpanContext } from '../line/span.ts'
import type { CallArguments } from '../line/statement.ts'
import { processState } from '../process-state.ts'
import { currentScope } from '../scope/current.ts'
import { lookWithin } from '../scope/hang-watch.ts'
import { openScopes } from '../scope/open-scopes.ts'
import type { Scope, ScopeLine, ScopeOrigin, ScopeOwner } from '../scope/scope.ts'
import { wallOffsetMs } from './clock.ts'
import { Dispatch } from './dispatch.ts'
import { Levels } from './levels.ts'
import type { LeftOut } from './limiter.ts'
import { type NamedLevels, namedLevels, shownLevels } from './named-levels.ts'
import type { LogOptions, ScopeLimits } from './options.ts'
import type { Override } from './overrides.ts'
import {
  createParts,
  developmentEntry,
  type EngineParts,
  leftOutEntry,
  lossEntry,
} from './parts.ts'
import type { Unconfigured } from './unconfigured.ts'

/** A call of a logger, and what is known of its line. */
interface Put extends CallArguments {
  readonly atOnce: boolean
  readonly own: number | undefined
}

/** A logger as its engine sees it: all loggers of one engine share everything but their fields. */
export interface Origin extends ScopeOrigin {
  readonly engine: Engine
  /** Its level, where that is not the engine's. */
  readonly own?: number | undefined
}

const development = processState('development', () => ({ isSaid: false }))

/**
 * What `create` makes: outputs, level, bounds. Decides what becomes of each line. `private` and not
 * `#`: the engine of the default logger may have been made by the other copy of this package.
 */
export class Engine implements ScopeOwner {
  readonly levels: Levels
  /** Of the default logger, while nobody has configured it. */
  unconfigured: Unconfigured | undefined = undefined
  private parts: EngineParts
  private readonly dispatch = new Dispatch()
  private readonly reportLeftOut = (leftOut: LeftOut) => this.dispatch.emit(leftOutEntry(leftOut))
  /** Lines of the scopes that are being given up: how many were written, and how many not. */
  private givenUp = 0
  private unwritten = 0

  /** @param caller - the public function, as a user writes it */
  constructor(caller: string, options: LogOptions) {
    this.parts = createParts(caller, options, this.reportLeftOut)
    this.levels = new Levels(this.parts.level)
    this.use(this.parts)
  }

  /**
   * Configures the engine of the default logger in place: everything made from it follows. A wrong
   * option leaves it as it was.
   */
  reconfigure(caller: string, options: LogOptions): void {
    // Its lines come first, if both write to the same place.
    this.flush()
    this.use(createParts(caller, options, this.reportLeftOut))
    const shared = this.contextOf(options.fields ?? {})
    this.unconfigured?.configure((fields) => this.contextOf(fields, shared))
    this.unconfigured = undefined
    this.refreshAll()
  }

  private use(parts: EngineParts): void {
    this.parts = parts
    this.dispatch.use(parts.sinks, createWatched(parts.encoding))
    this.levels.named = parts.named
    this.levels.change(parts.level, parts.hold)
    lookWithin(parts.scopes.requests.hangMs)
  }

  get encoding(): Encoding {
    return this.parts.encoding
  }

  get maxFields(): number {
    return this.parts.encoding.maxFields
  }

  get limits(): ScopeLimits {
    return this.parts.scopes
  }

  get slowMs(): number {
    return this.parts.scopes.jobs.slowMs
  }

  get hangMs(): number {
    return this.parts.scopes.jobs.hangMs
  }

  get level(): Level {
    return levelOf(this.levels.level)
  }

  set level(level: Level) {
    const severity = levelOption(optionsOf('logger'), 'level', level)
    this.levels.change(severity, this.parts.hold)
    this.refreshAll()
  }

  get named(): Record<string, Level> {
    return shownLevels(this.levels.named)
  }

  set named(levels: NamedLevels) {
    this.levels.name(namedLevels(optionsOf('logger'), levels))
    this.refreshAll()
  }

  /** @returns a function that ends the override */
  override(override: Override): () => void {
    const remove = this.levels.overrides.add(override)
    const change = () => {
      this.levels.changed()
      this.refreshAll()
    }
    change()
    return () => {
      if (remove()) change()
    }
  }

  /** Applies the levels and overrides as they are now to everything that is under way. */
  private refreshAll(): void {
    for (const scope of openScopes()) if (scope.owner === this) this.refresh(scope)
    const here = this.scope()
    if (here !== undefined) this.refresh(here)
  }

  /** The innermost scope around the current code that belongs to this engine. */
  scope(): Scope | undefined {
    let scope = currentScope()
    while (scope !== undefined && scope.owner !== this) scope = scope.parent
    return scope
  }

  contextOf(fields: Fields, parent?: Context): Context {
    return new Context(this.snapshot(fields), parent)
  }

  snapshot(fields: Fields): Fields {
    return this.parts.keeper.copyOf(toFields(fields))
  }

  /** Whether a line of this level, logged here and now, would be written or held. */
  isEnabled(severity: number, own?: number): boolean {
    const scope = this.scope()
    return scope === undefined ? severity >= this.outside(own) : !this.drops(scope, severity, own)
  }

  /** A line that may wait in the current scope. */
  log(origin: Origin, severity: number, msg: unknown, fields: unknown): void {
    try {
      const scope = this.scope()
      const { entries } = this.parts
      const { own } = origin
      if (scope === undefined) {
        if (severity < this.outside(own) || this.isTooMany(severity, msg)) return
        const entry = entries.entryOf(severity, msg, fields)
        this.dispatch.emit(entry.at(origin.context, undefined, activeSpan()))
        return
      }
      if (this.drops(scope, severity, own)) return
      const span = activeSpan() ?? scope.span
      const waits =
        this.holds(scope, severity, span) &&
        (severity < warnSeverity || severity < this.levels.thresholdIn(scope, own))
      if (!waits) {
        if (this.isTooMany(severity, msg)) return
        this.dispatch.emit(entries.entryOf(severity, msg, fields).at(origin.context, scope, span))
        return
      }
      const line = this.heldLine(severity, msg, fields, undefined)
      this.keep(scope, line.at(origin.context, scope, span))
    } catch {
      // Whatever it was, the application must not notice.
      this.dispatch.lost++
    }
  }

  private isTooMany(severity: number, msg: unknown): boolean {
    const { limiter } = this.parts
    return limiter !== undefined && !limiter.takes(severity, msg)
  }

  /** A line at level info that never waits. */
  print(origin: Origin, msg: unknown, fields: unknown): void {
    const { own } = origin
    this.put(origin, this.scope(), infoSeverity, { msg, fields, err: undefined, atOnce: true, own })
  }

  /** A line of the given scope, or of none, that may wait there. */
  record(
    origin: Origin,
    scope: Scope | undefined,
    severity: number,
    { msg, fields, err }: CallArguments,
  ): void {
    this.put(origin, scope, severity, { msg, fields, err, atOnce: false, own: origin.own })
  }

  report(scope: Scope, { msg, severity, fields, err, atOnce }: ScopeLine): void {
    // Lines about the scope itself have the level of the logger, not that of a child.
    this.put(scope.origin, scope, severity, { msg, fields, err, atOnce, own: undefined })
  }

  private put(
    { context }: ScopeOrigin,
    scope: Scope | undefined,
    severity: number,
    { msg, fields, err, atOnce, own }: Put,
  ): void {
    try {
      if (scope === undefined ? severity < this.outside(own) : this.drops(scope, severity, own)) {
        return
      }
      const span = activeSpan() ?? scope?.span
      if (
        scope !== undefined &&
        this.holds(scope, severity, span) &&
        ((severity < warnSeverity && !atOnce) || severity < this.levels.thresholdIn(scope, own))
      ) {
        this.keep(scope, this.heldLine(severity, msg, fields, err).at(context, scope, span))
      } else {
        const entry = this.parts.entries.entryOf(severity, msg, fields, err)
        this.dispatch.emit(entry.at(context, scope, span))
      }
    } catch {
      this.dispatch.lost++
    }
  }

  /** What lines outside of scopes are compared with. */
  private outside(own: number | undefined): number {
    return own === undefined ? this.levels.threshold : this.levels.thresholdOf(own)
  }

  /** Whether a line of the scope is neither written nor held. */
  private drops(scope: Scope, severity: number, own?: number): boolean {
    if (scope.hold.version !== this.levels.version) this.refresh(scope)
    return this.levels.drops(scope, severity, own)
  }

  /** Whether the scope holds lines. A line that releases it does that here. */
  private holds(scope: Scope, severity: number, span: SpanContext | undefined): boolean {
    if (!scope.hold.holding) return false
    if (!this.releases(severity, span)) return true
    this.release(scope)
    return false
  }

  private releases(severity: number, span: SpanContext | undefined): boolean {
    if (severity >= errorSeverity) return true
    return span !== undefined && this.parts.hold?.releaseWhenSampled === true && isSampled(span)
  }

  private heldLine(severity: number, msg: unknown, fields: unknown, err: unknown): HeldLine {
    const { entries, keeper } = this.parts
    const isSimple = err === undefined && !entries.generates && typeof msg === 'string'
    return (
      (isSimple ? keeper.lineOf(severity, msg, fields) : undefined) ??
      keeper.lineOfEntry(entries.entryOf(severity, msg, fields, err))
    )
  }

  private keep(scope: Scope, line: HeldLine): void {
    const { hold } = this.parts
    scope.hold.keep(line, hold?.maxLines ?? 1, hold?.maxBytes ?? 1)
  }

  refresh(scope: Scope): void {
    if (this.parts.developmentReason !== undefined) this.announce(this.parts.developmentReason)
    if (this.levels.applyTo(scope)) this.writeHeld(scope)
  }

  /** Says, once in a process, that lines are written which production holds back. */
  private announce(reason: string): void {
    if (development.isSaid || infoSeverity < this.levels.threshold) return
    development.isSaid = true
    this.dispatch.emit(developmentEntry(reason))
  }

  release(scope: Scope): void {
    const { hold } = scope
    if (hold.released) return
    hold.released = true
    hold.holding = false
    hold.threshold = this.levels.released(hold.threshold)
    this.writeHeld(scope)
  }

  private writeHeld(scope: Scope): void {
    const { first, lost } = scope.hold.take()
    if (first === undefined && lost === 0) return
    const offset = wallOffsetMs()
    if (lost > 0) {
      this.dispatch.lost += lost
      const time = first === undefined ? Date.now() : first.entry(offset).time
      this.dispatch.emit(lossEntry(lost, time).at(scope.origin.context, scope, undefined))
    }
    for (let line = first; line !== undefined; line = line.next)
      this.dispatch.emit(line.entry(offset))
  }

  giveUp(scope: Scope, line: ScopeLine | undefined): void {
    const { hold } = scope
    const room = this.parts.scopes.maxLinesAtExit - this.givenUp
    if (room > 0) {
      hold.shrink(line === undefined ? room : room - 1)
      this.givenUp += hold.lines
      this.release(scope)
      if (line === undefined) return
      this.givenUp++
      this.report(scope, line)
    } else {
      this.unwritten += hold.lines + hold.take().lost
      if (line !== undefined) this.unwritten++
    }
  }

  get needsLoop(): boolean {
    return this.dispatch.needsLoop
  }

  countGivenUp(): void {
    this.givenUp = 0
    if (this.unwritten === 0) return
    this.dispatch.lost += this.unwritten
    this.dispatch.emit(lossEntry(this.unwritten))
    this.unwritten = 0
  }

  discards(scope: Scope, severity: number, atOnce: boolean): boolean {
    if (this.drops(scope, severity)) return true
    const { hold } = scope
    if (!hold.holding || this.releases(severity, activeSpan() ?? scope.span)) return false
    return severity < hold.threshold || (severity < warnSeverity && !atOnce)
  }

  flush(): void {
    this.parts.limiter?.finish()
    this.dispatch.flush()
  }

  /** Resolves when everything is written, or after `timeoutMs`. */
  shutdown(timeoutMs: number): Promise<void> {
    this.parts.limiter?.finish()
    return this.dispatch.end(Date.now() + timeoutMs)
  }

  /** How many lines are lost so far. */
  dropped(): number {
    return this.dispatch.dropped()
  }
}

/** Checks an option that is a logger. */
export function originOption(check: Check, logger: unknown): Origin | undefined {
  if (logger === undefined) return undefined
  const origin = logger as Partial<Origin> | null
  if (origin?.engine === undefined) throw check.error('logger', 'a logger of this package', logger)
  return origin as Origin
}
