import { emptyNames } from '../profiles/empty-profile.ts'
import type { HeapHandlers } from './heap-handlers.ts'
import type { KeptProfileHandlers } from './kept-profile-handlers.ts'
import type { OverviewHandlers } from './overview-handlers.ts'
import type { PanelHandlers } from './panel-handlers.ts'
import type { ProfileHandlers } from './profile-handlers.ts'
import type { Handle } from './request.ts'
import type { Route } from './router.ts'
import type { SessionHandlers } from './session-handlers.ts'
import type { StallHandlers } from './stall-handlers.ts'

export interface Handlers {
  readonly overview: OverviewHandlers
  readonly sessions: SessionHandlers
  readonly profiles: ProfileHandlers
  readonly stalls: StallHandlers
  readonly heap: HeapHandlers
  readonly kept: KeptProfileHandlers
  readonly panels: PanelHandlers
  readonly stream: Handle
}

/** Everything below `/debug/`. Nothing changes on a GET. */
export function createRoutes(handlers: Handlers): readonly Route[] {
  const { overview, sessions, profiles, stalls, heap, kept, panels, stream } = handlers
  const get = 'GET, HEAD'
  // Taking a profile for a HEAD would be a waste.
  const { refuse: otherwise } = profiles
  return [
    { path: '?debug-logs', methods: { [get]: overview.showSwitch, POST: overview.turnSwitch } },
    { path: '', methods: { [get]: overview.show }, otherwise: overview.refuse },
    { path: 'sessions', methods: { [get]: sessions.list, POST: sessions.open } },
    {
      path: 'sessions/:id',
      methods: { [get]: sessions.show, POST: sessions.extend, DELETE: sessions.close },
    },
    { path: 'stalls', methods: { [get]: stalls.list } },
    { path: 'retainers', methods: { [get]: heap.show, POST: heap.analyse } },
    { path: 'heapsnapshot', methods: { POST: heap.download } },
    { path: 'profiles', methods: { [get]: kept.list, POST: kept.start } },
    { path: 'profiles/:id', methods: { [get]: kept.show, DELETE: kept.remove } },
    { path: 'live', methods: { [get]: panels.live } },
    { path: 'requests?id', methods: { [get]: panels.request } },
    { path: 'requests', methods: { [get]: panels.requests } },
    { path: 'lines', methods: { [get]: panels.lines } },
    { path: 'health', methods: { [get]: panels.health } },
    { path: 'security', methods: { [get]: panels.security } },
    { path: 'configuration', methods: { [get]: panels.configuration } },
    { path: 'build', methods: { [get]: panels.build } },
    { path: 'report', methods: { [get]: panels.report } },
    { path: 'stream', methods: { [get]: stream } },
    { path: 'pprof', methods: { [get]: profiles.list } },
    { path: 'pprof/', methods: { [get]: profiles.list } },
    ...Object.entries(profiles.capture).map(([name, GET]) => {
      return { path: `pprof/${name}`, methods: { GET }, otherwise }
    }),
    ...emptyNames.map((name) => {
      return { path: `pprof/${name}`, methods: { GET: profiles.empty }, otherwise }
    }),
    { path: 'pprof/loop', methods: { GET: stalls.profile }, otherwise },
    { path: 'pprof/symbol', methods: { 'GET, HEAD, POST': profiles.symbol } },
    { path: 'pprof/cmdline', methods: { GET: profiles.commandLine }, otherwise },
  ]
}
