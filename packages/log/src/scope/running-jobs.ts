import { processState } from '../process-state.ts'
import { endUnfinished } from './end.ts'
import type { Scope } from './scope.ts'

/** The jobs under way, of all loggers: overrides apply to them, and the end of the process. */
export interface RunningJobs extends Iterable<Scope> {
  /**
   * @param life - what is alive as long as the job can go on: when it is collected, the job's
   * promise never settles
   */
  add(scope: Scope, life: object): void
  delete(scope: Scope): void
}

const maxRecent = 128

export const jobs: RunningJobs = processState('jobs', createRunningJobs)

function createRunningJobs(): RunningJobs {
  // The last ones that began, by place: a set would cost more than the rest of opening a scope.
  const recent: (Scope | undefined)[] = []
  const lives: (object | undefined)[] = []
  let next = 0
  // Only a job during which many others begin pays for these.
  const older = new Set<Scope>()
  let collected: FinalizationRegistry<Scope> | undefined

  function abandoned(scope: Scope): void {
    if (!older.delete(scope)) return
    endUnfinished(scope, 'never settled')
    // At the end of the process, there is room for what is open then.
    scope.owner.countGivenUp()
  }

  return {
    add(scope, life) {
      const displaced = recent[next]
      if (displaced !== undefined) {
        older.add(displaced)
        collected ??= new FinalizationRegistry(abandoned)
        collected.register(lives[next] as object, displaced, displaced)
      }
      recent[next] = scope
      lives[next] = life
      scope.place = next
      next = (next + 1) % maxRecent
    },
    delete(scope) {
      const { place } = scope
      if (place < 0) return
      if (recent[place] === scope) {
        recent[place] = undefined
        lives[place] = undefined
      } else if (older.delete(scope)) collected?.unregister(scope)
    },
    *[Symbol.iterator]() {
      for (const scope of [...recent, ...older]) if (scope !== undefined) yield scope
    },
  }
}
