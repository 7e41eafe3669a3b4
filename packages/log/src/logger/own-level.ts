import type { Levels } from '../engine/levels.ts'
import { severityNamed } from '../engine/named-levels.ts'
import { optionsOf } from '../errors.ts'
import { type Level, levelOption } from '../level.ts'

/** Options of `child`. */
export interface ChildOptions {
  /**
   * Its name, such as `db.pool`: the field `logger` of its lines, and where the option `levels` finds
   * its level. @defaultValue that of its parent
   */
  readonly name?: string
  /**
   * A level of its own, which its children share, and which is changed by assigning to its `level`.
   * @defaultValue that of its name, or of its parent
   */
  readonly level?: Level
}

/** The level of a child, where that is not the one of its logger. Its children share it. */
export class OwnLevel {
  readonly name: string | undefined
  private fixed: number | undefined
  private found: number | undefined = undefined
  private version = -1
  private readonly levels: Levels

  private constructor(levels: Levels, name: string | undefined, fixed: number | undefined) {
    this.levels = levels
    this.name = name
    this.fixed = fixed
    if (fixed !== undefined) levels.admit(fixed)
  }

  static of(
    levels: Levels,
    options: ChildOptions,
    parent: OwnLevel | undefined,
  ): OwnLevel | undefined {
    const check = optionsOf('log.child')
    const { name, level } = check.options('options', options, ['name', 'level'])
    if (name !== undefined) check.string('name', name)
    const fixed = level === undefined ? undefined : levelOption(check, 'level', level)
    if (name === undefined && fixed === undefined) return parent
    return new OwnLevel(levels, name ?? parent?.name, fixed)
  }

  /** Undefined: that of the logger. */
  get severity(): number | undefined {
    if (this.fixed !== undefined || this.name === undefined) return this.fixed
    if (this.version !== this.levels.version) {
      this.found = severityNamed(this.levels.named, this.name)
      this.version = this.levels.version
    }
    return this.found
  }

  /** Sets its own, or that of its name for all loggers of this name. */
  set(severity: number): void {
    const { levels, name } = this
    if (this.fixed === undefined && name !== undefined) {
      levels.name(new Map(levels.named).set(name, severity))
    } else {
      this.fixed = severity
      levels.admit(severity)
    }
  }
}
