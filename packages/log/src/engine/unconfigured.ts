import type { Context } from '../line/context.ts'
import type { Fields } from '../line/fields.ts'
import { Snapshot } from '../line/snapshot.ts'
import { createWeakBag, type WeakBag } from './weak-bag.ts'

/** A logger that follows the default logger when that is configured. */
export interface Follower {
  context: Context
}

/**
 * The loggers that were made before `configure`: modules are evaluated before whoever imports them.
 */
export class Unconfigured {
  private readonly followers: WeakBag<Follower> = createWeakBag()

  add(follower: Follower): void {
    this.followers.add(follower)
  }

  /** Gives each logger the fields that it has on top of those that `contextOf` adds. */
  configure(contextOf: (fields: Fields) => Context): void {
    for (const follower of this.followers) {
      const fields = thawed(follower.context.fields)
      // Lines that wait have the old context. What is encoded in it has the old names.
      follower.context.json = undefined
      follower.context = contextOf(fields)
    }
  }
}

/**
 * Fields without the copies that only the package that made them can read: other rules apply to
 * them from now on.
 */
function thawed(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const isObject = typeof value === 'object' && value !== null
      return [name, (isObject ? Snapshot.treeOf(value) : undefined) ?? value]
    }),
  )
}
