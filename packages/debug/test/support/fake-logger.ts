import type { IncomingMessage } from 'node:http'
import type { OverridableLogger } from '@clew/debug'

type Override = Parameters<OverridableLogger['override']>[0]

/** A logger that `debug.console` accepts; it knows which overrides are open. */
export function fakeLogger() {
  const open = new Set<Override>()
  return {
    open,
    override(override: Override) {
      open.add(override)
      return () => {
        open.delete(override)
      }
    },
    /** The levels that apply to a request. */
    levelsFor(request: Partial<IncomingMessage>) {
      return [...open]
        .filter((o) => o.match?.({ headers: {}, ...request } as IncomingMessage) ?? true)
        .map((o) => o.level)
    },
  }
}
