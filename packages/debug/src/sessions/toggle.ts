import { optionCheck } from '../errors.ts'
import type { OpenSessions, Origin } from './sessions.ts'

/** Clue's one switch for all debug logs, made of sessions: each has an end and an actor. */
export interface Toggle {
  /** `on` while any session shows the debug lines of every request. */
  state(): 'on' | 'off'
  turn(to: 'on' | 'off', origin: Origin): void
}

export function createToggle(sessions: OpenSessions): Toggle {
  const everywhere = () =>
    sessions.list().filter((session) => session.everywhere && session.level === 'debug')
  return {
    state: () => (everywhere().length > 0 ? 'on' : 'off'),
    turn(to, { actor, from }) {
      // Turning it on again restarts the time: one session is left, not two.
      for (const { id } of everywhere()) sessions.closeFor(id, { actor, from })
      if (to === 'on') sessions.openFor({ actor }, from, optionCheck('POST /debug'))
    },
  }
}
