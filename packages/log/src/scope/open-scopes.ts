import { offer } from '@clew/internal/observers/source'
import { processState } from '../process-state.ts'
import { currentScope } from './current.ts'
import { jobs } from './running-jobs.ts'
import type { Scope } from './scope.ts'

/** The scopes of requests and calls under way, in the order in which they began. */
export const live: Set<Scope> = processState('live', () => {
  const scopes = new Set<Scope>()
  offer('request.open', () => [...scopes].flatMap(({ request }) => request ?? []))
  return scopes
})

/** All scopes that are open, of all loggers, without those that are parts of others. */
export function openScopes(): Set<Scope> {
  const found = new Set<Scope>()
  const add = (scope: Scope) => {
    if (!scope.hold.ended) found.add(scope)
  }
  for (const scope of live) add(scope)
  for (const scope of jobs) add(scope)
  // A job that has not come to its first `await` is known to nobody else.
  for (let scope = currentScope(); scope !== undefined; scope = scope.parent) {
    if (!scope.isPart) add(scope)
  }
  return found
}
