import { debugSeverity } from '../level.ts'
import type { Scope } from '../scope/scope.ts'
import { Overrides } from './overrides.ts'

/** Which lines of a logger are written, and which are held: its level, its overrides, its hold. */
export class Levels {
  /** The logger's own. */
  level: number
  /** What lines outside of scopes are compared with. Scopes have their own, made from it. */
  threshold: number
  /** Below it, nothing is written or held anywhere. */
  lowest: number
  /** Grows with each change: a scope with another one is refreshed before its next line. */
  version = 0
  readonly overrides: Overrides = new Overrides()
  /** Levels of loggers with a name. */
  named: ReadonlyMap<string, number> = new Map()
  /** The lowest level that any child has been given. It never rises again. */
  private lowestOwn = Number.POSITIVE_INFINITY
  private holds = false
  private flightRecorder = false

  constructor(level: number) {
    this.level = level
    this.threshold = level
    this.lowest = level
  }

  /** @param hold - whether lines wait in scopes, and whether debug lines do, whatever the level */
  change(level: number, hold: { readonly debug: boolean } | undefined): void {
    this.level = level
    this.holds = hold !== undefined
    this.flightRecorder = hold?.debug ?? false
    this.changed()
  }

  /** Works out again what the level and the overrides mean. */
  changed(): void {
    const { level, overrides } = this
    this.version++
    this.threshold = overrides.isEmpty ? level : Math.min(level, overrides.lowestForAll())
    const lowest = this.flightRecorder
      ? debugSeverity
      : Math.min(level, this.lowestOwn, ...this.named.values())
    this.lowest = overrides.isEmpty ? lowest : Math.min(lowest, overrides.lowest())
  }

  /** Lets lines of this level pass on to where the level of the logger is looked up. */
  admit(severity: number): void {
    this.lowestOwn = Math.min(this.lowestOwn, severity)
    this.changed()
  }

  name(named: ReadonlyMap<string, number>): void {
    this.named = named
    this.changed()
  }

  /** What lines outside of scopes are compared with, of a logger with a level of its own. */
  thresholdOf(own: number): number {
    const { overrides } = this
    return overrides.isEmpty ? own : Math.min(own, overrides.lowestForAll())
  }

  /** What lines in a scope are compared with; `own`: the level of the logger, if it has its own. */
  thresholdIn({ hold }: Scope, own: number | undefined): number {
    if (own === undefined) return hold.threshold
    if (hold.released && this.flightRecorder) return debugSeverity
    const override = this.overrides.isEmpty ? undefined : this.overrides.lowestFor(hold.request)
    return override === undefined ? own : Math.min(own, override)
  }

  /**
   * Applies them to a scope.
   * @returns whether an override applies to it, so that what it holds must be written
   */
  applyTo(scope: Scope): boolean {
    const { hold } = scope
    const { flightRecorder, overrides } = this
    hold.version = this.version
    scope.encodedFor = undefined
    hold.threshold = hold.released && flightRecorder ? debugSeverity : this.level
    const override = overrides.isEmpty ? undefined : overrides.lowestFor(hold.request)
    if (override !== undefined && override < hold.threshold) hold.threshold = override
    // At level debug somebody looks at everything, in order.
    const waits = this.holds && (flightRecorder || hold.threshold > debugSeverity)
    hold.holding = waits && !hold.released && !hold.ended && override === undefined
    return override !== undefined
  }

  /** Whether a line of the scope is neither written nor held. */
  drops(scope: Scope, severity: number, own?: number): boolean {
    const threshold = own === undefined ? scope.hold.threshold : this.thresholdIn(scope, own)
    return severity < threshold && !(this.flightRecorder && scope.hold.holding)
  }

  /** The lowest level of a scope that was released. */
  released(threshold: number): number {
    return this.flightRecorder ? debugSeverity : threshold
  }
}
