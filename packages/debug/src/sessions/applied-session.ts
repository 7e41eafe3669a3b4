import type { IncomingMessage } from 'node:http'
import { listen, topicOf } from '@clew/internal/observers/topic'
import type { OverridableLogger } from './logger.ts'
import { CountedMatch, type Match } from './match.ts'
import type { Session } from './session.ts'

/** Told by security when a request is let in. */
const admitted = topicOf<{ readonly req: IncomingMessage; readonly subjects: readonly string[] }>(
  'security.admitted',
)

export interface AppliedSession {
  /** Undefined if it is for everything. */
  readonly counted: CountedMatch | undefined
  readonly end: () => void
}

/** Makes a logger write what a session is for. */
export function applySession(
  logger: OverridableLogger,
  { level, filter: { user } }: Pick<Session, 'level' | 'filter'>,
  match: Match | undefined,
): AppliedSession {
  if (user === undefined) {
    const counted = match && new CountedMatch(match)
    const override = counted
      ? { level, match: (req: IncomingMessage) => counted.test(req) }
      : { level }
    return { counted, end: logger.override(override) }
  }
  // Nobody's request at first. When one turns out to be this user's, the logger looks again.
  const counted = new CountedMatch(() => false)
  const apply = () => logger.override({ level, match: (request) => counted.test(request) })
  let endOverride = apply()
  const stop = listen(admitted, ({ req, subjects }) => {
    if (!subjects.includes(user) || match?.(req) === false) return
    counted.admit(req)
    const endBefore = endOverride
    endOverride = apply()
    endBefore()
  })
  return {
    counted,
    end() {
      stop()
      endOverride()
    },
  }
}
