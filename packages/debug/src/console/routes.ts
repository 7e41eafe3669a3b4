import type { OverviewHandlers } from './overview-handlers.ts'
import type { ProfileHandlers } from './profile-handlers.ts'
import type { Route } from './router.ts'
import type { SessionHandlers } from './session-handlers.ts'

export interface Handlers {
  readonly overview: OverviewHandlers
  readonly sessions: SessionHandlers
  readonly profiles: ProfileHandlers
}

/** Everything below `/debug/`. Nothing changes on a GET. */
export function createRoutes({ overview, sessions, profiles }: Handlers): readonly Route[] {
  const get = 'GET, HEAD'
  // Taking a profile for a HEAD would be a waste.
  const { refuse: otherwise } = profiles
  return [
    { path: '?debug-logs', methods: { [get]: overview.showSwitch, POST: overview.turnSwitch } },
    { path: '', methods: { [get]: overview.show }, otherwise: overview.refuse },
    { path: 'sessions', methods: { [get]: sessions.list, POST: sessions.open } },
    { path: 'sessions/:id', methods: { [get]: sessions.show, DELETE: sessions.close } },
    { path: 'pprof', methods: { [get]: profiles.list } },
    { path: 'pprof/', methods: { [get]: profiles.list } },
    { path: 'pprof/profile', methods: { GET: profiles.cpu }, otherwise },
    { path: 'pprof/heap', methods: { GET: profiles.heap }, otherwise },
    { path: 'pprof/allocs', methods: { GET: profiles.allocs }, otherwise },
    { path: 'pprof/cmdline', methods: { GET: profiles.commandLine }, otherwise },
  ]
}
