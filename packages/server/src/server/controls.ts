import { reasonOf } from '@clew/internal/errors/reason'
import { createSummaries, type Summaries } from '@clew/internal/reports/repeats'
import { type Admin, openAdmin } from '../admin/admin.ts'
import { type ServerCheck, ServerError } from '../errors.ts'
import {
  type Application,
  applicationOf,
  type FastifyApp,
  type KoaApp,
} from '../frameworks/application.ts'
import type { Addresses, ShutdownReport } from '../lifecycle/report.ts'
import type { Server, ServerState } from '../lifecycle/server.ts'
import { boundUrl } from '../listener/address.ts'
import { bind } from '../listener/listener.ts'
import type { ServerOptions } from '../options/options.ts'
import type { Handler, Log, Parts, Reporter } from '../options/parts.ts'
import { type Settings, settingsOf } from '../options/settings.ts'
import { createPipeline } from '../pipeline/pipeline.ts'
import { createProbes } from '../pipeline/probes.ts'
import { type StopMode, shutDown } from '../shutdown/shutdown.ts'
import { shownPath } from '../traffic/shown-path.ts'
import { createStderrLogger, safeLog } from './console.ts'
import { createPublicListener } from './public-listener.ts'

/** What `serve` needs beyond a `Server`. */
export interface Controls {
  readonly server: Server
  readonly settings: Settings
  readonly log: Log
  stop(mode: StopMode): Promise<ShutdownReport>
}

/** Lines that any client can cause at will are summed up. */
const summaryMs = 10_000

/**
 * Wires a server: parts, listeners, the chain of a request, the states of its life.
 * @param options - without unknown names
 */
export function createControls(
  check: ServerCheck,
  handler: Handler | FastifyApp | KoaApp,
  options: ServerOptions,
): Controls {
  const application = checkedApplication(check, handler)
  const settings = settingsOf(check, options)
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

  const { http, traffic, accept, close } = createPublicListener(settings, log, summaries)
  const probes = settings.probes ? createProbes(parts.health, () => state) : new Map()
  const handle = createPipeline({
    parts,
    handler: application.handler,
    probes,
    log,
    summaries,
  })
  traffic.onWorkFailed = (err, req) =>
    log('error', 'work behind a response failed', {
      err,
      method: req.method,
      path: shownPath(req),
    })
  http.on('request', (req, res) => {
    if (accept(req) && traffic.begin(req, res)) handle(req, res)
  })

  async function start(): Promise<Addresses> {
    state = 'starting'
    try {
      await application.ready()
      audit(parts, handler)
      admin = await startAdmin(settings, () => state, summaries)
      const address = await bind(http, settings.address)
      state = 'listening'
      const addresses = admin ? { address, admin: admin.address } : { address }
      logStart(log, settings, addresses)
      return addresses
    } catch (error) {
      await admin?.close()
      admin = undefined
      starting = undefined
      state = 'created'
      throw error
    }
  }

  async function runShutdown(mode: StopMode): Promise<ShutdownReport> {
    if (state === 'starting') await starting?.catch(() => {})
    const isListening = state === 'listening'
    return shutDown(
      {
        http,
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
          close()
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

  const server: Server = {
    get state() {
      return state
    },
    http,
    get inFlight() {
      return traffic.requests.size
    },
    listen() {
      if (starting || stopping) {
        const problem = stopping ? 'has been shut down' : 'is already listening'
        return Promise.reject(new ServerError('ERR_SERVER_STATE', `the server ${problem}`))
      }
      starting = start()
      return starting
    },
    shutdown: (reason = 'shutdown()') => stop({ reason }),
  }
  settings.onServer?.(http)
  return { server, settings, log, stop }
}

function checkedApplication(check: ServerCheck, app: unknown): Application {
  const application = applicationOf(app)
  if (application !== undefined) return application
  throw check.error('handler', 'a function (req, res), or an application of Fastify or Koa', app)
}

function audit({ security }: Parts, handler: unknown): void {
  try {
    security?.audit?.(handler)
  } catch (error) {
    throw new ServerError('ERR_SERVER_AUDIT', `security audit failed: ${reasonOf(error)}`, {
      cause: error,
    })
  }
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

function logStart(log: Log, { service, drainHint }: Settings, { address, admin }: Addresses): void {
  log('info', 'server listening', {
    url: boundUrl(address),
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
