import { endUnfinished } from './end.ts'
import { openScopes } from './open-scopes.ts'
import type { ScopeOwner } from './scope.ts'

/**
 * For a process that ends now: writes what all open scopes hold, each with a closing line.
 * @param endedBy - what ends the process
 */
export function endAllUnfinished(endedBy: string): void {
  const owners = new Set<ScopeOwner>()
  for (const scope of openScopes()) {
    owners.add(scope.owner)
    try {
      endUnfinished(scope, endedBy)
    } catch {
      // The others must not depend on it.
    }
  }
  for (const owner of owners) owner.countGivenUp()
}
