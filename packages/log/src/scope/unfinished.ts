import { endUnfinished } from './end.ts'
import { openScopes } from './open-scopes.ts'
import type { ScopeOwner } from './scope.ts'

/**
 * For a process that ends now: writes what all open scopes hold, each with a closing line.
 * @param endedBy - what ends the process
 */
export function endAllUnfinished(endedBy: string): void {
  endUnfinishedOf(() => true, endedBy)
}

/** For one that has no work left: the same, where the event loop must write the lines. */
export function endIdle(endedBy: string): void {
  endUnfinishedOf((owner) => owner.needsLoop, endedBy)
}

function endUnfinishedOf(isMeant: (owner: ScopeOwner) => boolean, endedBy: string): void {
  const owners = new Set<ScopeOwner>()
  for (const scope of openScopes()) {
    if (!isMeant(scope.owner)) continue
    owners.add(scope.owner)
    try {
      endUnfinished(scope, endedBy)
    } catch {
      // The others must not depend on it.
    }
  }
  for (const owner of owners) owner.countGivenUp()
}
