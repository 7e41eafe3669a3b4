import type { Encoding } from './formats/entries.ts'
import type { Level } from './level.ts'
import type { Fields } from './line.ts'
import type { Logger } from './logger.ts'
import type { HoldSettings } from './options.ts'
import type { ActiveOverride, Override } from './override.ts'
import type { Context } from './scope/context.ts'
import type { RunningJobs } from './scope/running-jobs.ts'
import type { Scope } from './scope/scope.ts'
import type { Unconfigured } from './unconfigured.ts'

/** What a root needs of a logger: loggers of one root share everything but their fields. */
export interface LoggerState extends Logger {
  context: Context
  readonly root: Root
}

/**
 * What `create` makes: outputs, level, bounds. Loggers are views of it. No accessors: V8 keeps an object literal that has one as a
 * hash table, and each line looks things up here.
 */
export interface Root {
  readonly hold: HoldSettings | undefined
  readonly encoding: Encoding
  readonly level: Level
  setLevel(level: Level): void
  record(
    from: LoggerState,
    scope: Scope | undefined,
    severity: number,
    msg: unknown,
    fields: unknown,
    err: unknown,
    atOnce: boolean,
  ): void
  isEnabled(scope: Scope | undefined, severity: number): boolean
  /** Nothing below it is written or held anywhere. */
  readonly lowest: number
  /** The innermost scope around the current code that belongs to this root. */
  scope(): Scope | undefined
  contextOf(fields: Fields, parent?: Context): Context
  /** Fields as they are now. */
  snapshot(fields: Fields): Fields
  /** Writes what the scope holds, and holds nothing more. */
  release(scope: Scope): void
  /** Whether a line logged now, at the end of the scope, would never be written. */
  discards(scope: Scope, severity: number, atOnce: boolean): boolean
  /** Applies the current level and overrides to the scope. */
  refresh(scope: Scope): void
  override(override: Override): () => void
  flush(): void
  shutdown(timeoutMs: number): Promise<void>
  /** How many lines are lost so far. */
  dropped(): number
  /** Of the default logger, while nobody has configured it. */
  readonly unconfigured: Unconfigured | undefined
  readonly jobs: RunningJobs
  readonly overrides: Set<ActiveOverride>
  /** Applies the levels and overrides as they are now to everything that is under way. */
  changed(): void
  /** Grows with each of these changes. */
  version(): number
}
