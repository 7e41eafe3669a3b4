import type { Operation } from '../guard/guard.ts'
import type { Principals } from '../policy/principal.ts'
import { everyPath, type Mount } from './mount.ts'

/** A guard that has let a request in, and who sends it. */
export interface Pass {
  readonly operation: Operation
  readonly principals: Principals
}

/**
 * Which layers of one router are covered by the guards in front of them. A guard covers the
 * functions behind it in the same `use` call. As the last function of its call it covers what
 * follows in the same router: everything if it has no path, otherwise what is mounted at the same
 * pattern. Paths are never compared with patterns, and nothing outside of the router is covered.
 */
export class Coverage {
  /** The guard that covers the whole router from outside. */
  private readonly outer: Pass | undefined
  private rest: Pass | undefined = undefined
  private group: object | undefined = undefined
  private grouped: Pass | undefined = undefined
  private patterns: Map<unknown, Pass> | undefined = undefined

  constructor(outer: Pass | undefined) {
    this.outer = outer
  }

  /** The guard at this place lets the request go on. */
  pass(mount: Mount, pass: Pass): void {
    if (!mount.isLast) {
      this.group = mount.group
      this.grouped = pass
    } else if (mount.pattern === everyPath) this.rest = pass
    else {
      this.patterns ??= new Map()
      this.patterns.set(mount.pattern, pass)
    }
  }

  /** The guard that covers whatever follows in this router. */
  get whole(): Pass | undefined {
    return this.rest ?? this.outer
  }

  /** The guard that covers this place. */
  of(mount: Mount): Pass | undefined {
    if (this.group === mount.group) return this.grouped
    const same = mount.isRoute ? undefined : this.patterns?.get(mount.pattern)
    return same ?? this.rest ?? this.outer
  }
}
