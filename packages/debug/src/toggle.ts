import type { Origin, SessionStore } from './sessions.ts'

/** Clue's one switch for everything, made of sessions: `on` has an end, and an actor. */
export interface Toggle {
  /** `on` while some session shows the debug lines of every request. */
  state(): 'on' | 'off'
  turn(to: 'on' | 'off', origin: Origin): void
}

export function createToggle(sessions: SessionStore): Toggle {
  const everywhere = () =>
    sessions.list().filter((session) => session.everywhere && session.level === 'debug')
  return {
    state: () => (everywhere().length > 0 ? 'on' : 'off'),
    turn(to, origin) {
      // On again starts the time anew, so it leaves one session, not two.
      for (const { id } of everywhere()) sessions.closeFor(id, origin)
      if (to === 'on') sessions.openFor({ actor: origin.actor }, origin.from)
    },
  }
}
