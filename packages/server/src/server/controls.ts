import { offer } from '@clew/internal/observers/source'
import { createSummaries, type Summaries } from '@clew/internal/reports/repeats'
import { type Admin, openAdmin } from '../admin/admin.ts'
import { type ServerCheck, ServerError } from '../errors.ts'
import type { Addresses, ShutdownReport } from '../lifecycle/report.ts'
import type { Lifecycle, Server, ServerState } from '../lifecycle/server.ts'
import { type BoundAddress, boundUrl } from '../listener/address.ts'
import type { LifecycleOptions } from '../options/options.ts'
import type { Log, Parts, Reporter } from '../options/parts.ts'
import { type Settings, settingsOf } from '../options/settings.ts'
import { createPipeline } from '../pipeline/pipeline.ts'
import { createProbes } from '../pipeline/probes.ts'
import { type StopMode, shutDown } from '../shutdown/shutdown.ts'
import { shownPath } from '../traffic/shown-path.ts'
import { createStderrLogger, safeLog } from './console.ts'
import { createGuards } from './guards.ts'
import { type Opened, open } from './open.ts'
import { createOverload } from './overload.ts'
import { isLocal, type Spec } from './spec.ts'

/** What a process needs beyond a `Lifecycle`. */
export interface Controls {
  readonly lifecycle: Lifecycle
  readonly listeners: readonly Opened[]
  readonly settings: Settings
  readonly log: Log
  stop(mode: StopMode): Promise<ShutdownReport>
}

/** Lines that any client can cause at will are summed up. */
const summaryMs = 10_000

/**
 * Wires a lifecycle: parts, listeners, the chain of a request, the states of its life.
 * @param options - without unknown names
 */
export function createControls(
  check: ServerCheck,
  specs: readonly Spec[],
  options: LifecycleOptions,
): Controls {
  const settings = settingsOf(check, options, specs.every(isLocal))
  const { parts } = settings
  const log = safeLog(parts.logger ?? createStderrLogger(settings.service?.name ?? 'server'))
  const summaries = createSummaries(
    ({ level, message, fields }) => log(level, message, fields),
    summaryMs,
  )
  const unsubscribe = parts.logger ? subscribe(parts, log) : () => {}

  let state: ServerState = 'created'
  let admin: Admin | undefined
  let starting: Promise<Addresses> | undefined
  let stopping: Promise<ShutdownReport> | undefined

  const guards = createGuards(settings, summaries)
  const { traffic } = guards
  const probes = settings.probes ? createProbes(parts.health, () => state) : new Map()
  const overload = settings.overload && createOverload(settings.overload, traffic, log)
  const pipeline = createPipeline({ parts, probes, admit: overload?.admit, log, summaries })
  traffic.onWorkFailed = (err, req) =>
    log('error', 'work behind a response failed', {
      err,
      method: req.method,
      path: shownPath(req),
    })
  const listeners = specs.map((spec) => open(spec, { settings, log, guards, pipeline }))

  async function start(): Promise<Addresses> {
    state = 'starting'
    const bound: Opened[] = []
    try {
      for (const listener of listeners) await listener.prepare()
      admin = await startAdmin(settings, () => state, summaries)
      const addresses: BoundAddress[] = []
      for (const listener of listeners) {
        addresses.push(await listener.bind())
        bound.push(listener)
      }
      state = 'listening'
      // Without listeners of its own it has that of `admin`.
      const address = (addresses[0] ?? admin?.address) as BoundAddress
      const all = { address, addresses, ...(admin ? { admin: admin.address } : {}) }
      logStart(log, settings, all)
      return all
    } catch (error) {
      for (const listener of bound) listener.dispose()
      await admin?.close()
      admin = undefined
      starting = undefined
      state = 'created'
      throw error
    }
  }

  const withdraw = [
    offer('server.state', () => ({
      state,
      inFlight: traffic.inFlight,
      connections: traffic.connections.size,
      accepted: traffic.accepted,
      refused: traffic.refused,
    })),
    offer('request.open', () => traffic.requests().map(({ record }) => record.req)),
  ]

  async function runShutdown(mode: StopMode): Promise<ShutdownReport> {
    for (const listener of listeners) listener.cancel?.()
    if (state === 'starting') await starting?.catch(() => {})
    const isListening = state === 'listening'
    return shutDown(
      {
        listeners,
        traffic,
        settings,
        log,
        isListening,
        closeAdmin: () => admin?.close(),
        enter(next) {
          state = next
        },
        endReports() {
          unsubscribe()
          guards.close()
          for (const end of withdraw) end()
          overload?.close()
          summaries.close()
        },
      },
      mode,
    )
  }

  const stop = (mode: StopMode) => {
    stopping ??= runShutdown(mode)
    return stopping
  }

  const lifecycle: Lifecycle = {
    get state() {
      return state
    },
    get inFlight() {
      return traffic.inFlight
    },
    get certificates() {
      return listeners.flatMap(({ certificate }) => certificate ?? [])
    },
    listen() {
      if (starting || stopping) {
        const problem = stopping ? 'has been shut down' : 'is already listening'
        return Promise.reject(new ServerError('ERR_SERVER_STATE', `the server ${problem}`))
      }
      starting = start()
      return starting
    },
    async reloadTls() {
      await Promise.all(listeners.flatMap((listener) => listener.reload?.() ?? []))
    },
    shutdown: (reason = 'shutdown()') => stop({ reason }),
  }
  return { lifecycle, listeners, settings, log, stop }
}

/** The same with Node's server, of a lifecycle whose first listener has one. */
export function serverOf({ lifecycle, listeners: [first] }: Controls): Server {
  return Object.defineProperty(lifecycle, 'http', {
    value: first?.http,
    enumerable: true,
  }) as Server
}

async function startAdmin(
  settings: Settings,
  state: () => ServerState,
  summaries: Summaries,
): Promise<Admin | undefined> {
  if (settings.admin === undefined) return undefined
  return openAdmin(settings.admin, settings, state, (err, req) => {
    summaries.report({
      type: 'server.admin_failed',
      level: 'error',
      message: 'admin request failed',
      fields: { err, path: shownPath(req) },
    })
  })
}

function logStart(
  log: Log,
  { service, drainHint }: Settings,
  { addresses, admin }: Addresses,
): void {
  const [url, ...others] = addresses.map(boundUrl)
  log('info', 'server listening', {
    ...(url === undefined ? {} : { url }),
    ...(others.length > 0 ? { other_urls: others } : {}),
    ...(admin ? { admin_url: boundUrl(admin) } : {}),
    ...(service?.version ? { version: service.version } : {}),
    pid: process.pid,
  })
  if (drainHint !== undefined) log('warn', drainHint)
}

/** Lets the logger write the reports of all parts. Returns a function that unsubscribes. */
function subscribe({ tracing, metrics, health, debug, security }: Parts, log: Log): () => void {
  const reporters: (Reporter | undefined)[] = [tracing, metrics, health, debug, security]
  const subscriptions = reporters.flatMap(
    (part) =>
      part?.subscribe?.(({ level, message, fields }) => log(level, message, { ...fields })) ?? [],
  )
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe()
  }
}
