import { createWeakBag } from '../weak-bag.ts'
import type { Scope } from './scope.ts'

/**
 * The jobs under way, so that an override finds them. One whose promise never settles is not kept
 * alive by it for long.
 */
export interface RunningJobs extends Iterable<Scope> {
  add(scope: Scope): void
  delete(scope: Scope): void
}

const maxRecent = 128

export function createRunningJobs(): RunningJobs {
  // The last ones that began, by place: a set would cost more than the rest of opening a scope.
  const recent: (Scope | undefined)[] = []
  // Only a job during which many others begin pays for a weak reference.
  const older = createWeakBag<Scope>()
  let next = 0
  return {
    add(scope) {
      const displaced = recent[next]
      if (displaced !== undefined) older.add(displaced)
      recent[next] = scope
      scope.place = next
      next = (next + 1) % maxRecent
    },
    delete(scope) {
      const { place } = scope
      if (place >= 0 && recent[place] === scope) recent[place] = undefined
    },
    *[Symbol.iterator]() {
      for (const scope of recent) if (scope !== undefined) yield scope
      yield* older
    },
  }
}
