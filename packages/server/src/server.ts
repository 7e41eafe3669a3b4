import { createServer } from 'node:http'
import { type Admin, openAdmin } from './admin.ts'
import { safely, stderrLogger } from './console.ts'
import { messageOf, optionError, ServerError } from './errors.ts'
import { bind } from './listener.ts'
import { notices } from './notices.ts'
import { type ServerOptions, type Settings, settingsOf } from './options.ts'
import type { Handler, LoggerPart, Reporter } from './parts.ts'
import { pipelineOf } from './pipeline.ts'
import { probesOf } from './probes.ts'
import { countRefusals } from './refusal.ts'
import type { Addresses, ShutdownReport } from './report.ts'
import { pathOf } from './request.ts'
import { type StopMode, shutDown } from './shutdown.ts'
import { trafficOf } from './traffic.ts'
import { guardWrites } from './write-guard.ts'

/**
 * `created` → `starting` → `listening` → `draining` (readiness is off, still serving) → `closing` (nothing new is accepted) →
 * `flushing` (hooks, then telemetry) → `stopped`. A failed start goes back to `created`.
 */
export type ServerState =
  | 'created'
  | 'starting'
  | 'listening'
  | 'draining'
  | 'closing'
  | 'flushing'
  | 'stopped'

/** A server that can be started once and shut down once. */
export interface Server {
  readonly state: ServerState
  /** Requests without a whole answer yet. */
  readonly inFlight: number
  /**
   * Binds the admin listener, then the public one.
   * @throws {ServerError} `ERR_SERVER_LISTEN`, `ERR_SERVER_AUDIT` or `ERR_SERVER_STATE`
   */
  listen(): Promise<Addresses>
  /**
   * Drains, runs the hooks, flushes. Never rejects; called again, returns the same promise. After a failed start, or before
   * `listen()`, it runs the hooks and flushes.
   * @param reason for the report, for instance the name of a signal
   */
  shutdown(reason?: string): Promise<ShutdownReport>
}

/** What `serve` needs beyond a `Server`. */
export interface Built {
  readonly server: Server
  readonly settings: Settings
  readonly log: LoggerPart['log']
  stop(mode: StopMode): Promise<ShutdownReport>
}

/**
 * Makes a server; nothing is bound until `listen()`.
 * @throws {TypeError} `ERR_SERVER_OPTION`, naming the option and the value received
 */
export function create(handler: Handler, options: ServerOptions = {}): Server {
  return build(handler, options).server
}

export function build(handler: Handler, options: ServerOptions): Built {
  if (typeof handler !== 'function') throw handlerError(handler)
  const settings = settingsOf(options)
  const { parts, timeouts } = settings
  const log = safely(parts.logger ?? stderrLogger(settings.service?.name ?? 'server'))

  const notice = notices(log)
  const subscriptions = parts.logger ? subscribe(settings, log) : []

  let state: ServerState = 'created'
  let admin: Admin | undefined
  let starting: Promise<Addresses> | undefined
  let stopping: Promise<ShutdownReport> | undefined

  const limits = [timeouts.readHeaderMs, timeouts.readMs].filter((ms) => ms > 0)
  const http = createServer({
    // Node looks for late requests this often; its default of 30 s would make every shorter limit late.
    connectionsCheckingInterval: Math.min(5_000, Math.max(250, Math.min(...limits, 20_000) / 4)),
    headersTimeout: timeouts.readHeaderMs,
    requestTimeout: timeouts.readMs,
    keepAliveTimeout: timeouts.idleMs,
    maxHeaderSize: settings.maxHeaderBytes,
  })
  const traffic = trafficOf(http)
  const refused = countRefusals(http, traffic, (kind, status) => {
    notice(kind, 'info', 'request refused', { reason: kind, status })
  })
  guardWrites(http, traffic, timeouts.writeMs, (connection) => {
    refused.stalled++
    const request = traffic.requestOn(connection)
    notice('stalled', 'warn', 'response cut: the client stopped reading', {
      method: request?.method,
      path: request?.path,
    })
  })
  const probes = settings.probes ? probesOf(parts.health, () => state) : new Map<string, Handler>()
  const serveRequest = pipelineOf(settings, handler, probes, log, notice)
  http.on('request', (req, res) => {
    if (traffic.begin(req, res)) serveRequest(req, res)
  })
  const { onUpgrade } = settings
  if (onUpgrade) {
    http.on('upgrade', (req, socket, head) => {
      const connection = traffic.of(req.socket)
      if (connection) connection.upgraded = true
      try {
        onUpgrade(req, socket, head)
      } catch (error) {
        log('error', 'onUpgrade failed', { err: error, path: pathOf(req.url ?? '') })
        socket.destroy()
      }
    })
  }

  async function start(): Promise<Addresses> {
    state = 'starting'
    try {
      audit(settings, handler)
      if (settings.admin) {
        admin = await openAdmin(
          settings.admin,
          settings,
          () => state,
          (err, req) => {
            const path = pathOf(req.url ?? '')
            notice('admin', 'error', 'admin request failed', { err, path })
          },
        )
      }
      const address = await bind(http, settings.address)
      state = 'listening'
      log('info', 'server listening', {
        url: address.url,
        ...(admin ? { admin_url: admin.address.url } : {}),
        ...(settings.service?.version ? { version: settings.service.version } : {}),
        pid: process.pid,
      })
      return admin ? { address, admin: admin.address } : { address }
    } catch (error) {
      await admin?.close()
      admin = undefined
      starting = undefined
      state = 'created'
      throw error
    }
  }

  async function runStop(mode: StopMode): Promise<ShutdownReport> {
    if (state === 'starting') await starting?.catch(() => {})
    return shutDown(
      {
        http,
        traffic,
        refused,
        settings,
        log,
        listening: state === 'listening',
        closeAdmin: () => admin?.close(),
        enter: (next) => {
          state = next
        },
        unsubscribe: () => {
          for (const end of subscriptions) end()
        },
      },
      mode,
    )
  }

  const stop = (mode: StopMode) => {
    stopping ??= runStop(mode)
    return stopping
  }

  const server: Server = {
    get state() {
      return state
    },
    get inFlight() {
      return traffic.requests.size
    },
    listen() {
      if (starting || stopping) {
        const message = stopping ? 'the server has been shut down' : 'the server listens already'
        return Promise.reject(new ServerError('ERR_SERVER_STATE', message))
      }
      starting = start()
      return starting
    },
    shutdown: (reason = 'shutdown()') => stop({ reason }),
  }
  return { server, settings, log, stop }
}

function handlerError(handler: unknown): Error {
  const { routing, callback } = (handler ?? {}) as { routing?: unknown; callback?: unknown }
  if (typeof routing === 'function') {
    return optionError('handler', 'app.routing (after await app.ready()) for Fastify', handler)
  }
  if (typeof callback === 'function') {
    return optionError('handler', 'app.callback() for Koa', handler)
  }
  return optionError('handler', 'a function (req, res)', handler)
}

function audit({ parts: { security } }: Settings, handler: Handler): void {
  try {
    security?.audit?.(handler)
  } catch (error) {
    throw new ServerError('ERR_SERVER_AUDIT', `security audit failed: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** Lets the logger write what the parts have to say about themselves. */
function subscribe({ parts }: Settings, log: LoggerPart['log']): (() => void)[] {
  const { tracing, metrics, health, debug, security } = parts
  const reporters: (Reporter | undefined)[] = [tracing, metrics, health, debug, security]
  return reporters.flatMap(
    (part) => part?.subscribe?.((r) => log(r.level, r.message, { ...r.fields })) ?? [],
  )
}
