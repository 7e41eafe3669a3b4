import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { reasonOf } from '@clew/internal/errors/reason'
import { ServerError } from '../errors.ts'
import type { OpenListener } from '../lifecycle/open-listener.ts'
import { type BoundAddress, boundAddress, formatTarget } from '../listener/address.ts'
import { hasFiles } from '../listener/certificate.ts'
import { bindGrpc, stopGrpc } from '../listener/grpc.ts'
import { createHttpServer } from '../listener/http-server.ts'
import { bind, dispose, stopAccepting } from '../listener/listener.ts'
import type { Log, SecurityPart } from '../options/parts.ts'
import type { Settings } from '../options/settings.ts'
import { gateRequests } from '../pipeline/gate.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { runStep } from '../shutdown/step.ts'
import { shownPath } from '../traffic/shown-path.ts'
import { handleUpgrades } from '../traffic/upgrades.ts'
import type { Guards } from './guards.ts'
import type { AttachedSpec, GrpcSpec, HttpSpec, Spec } from './spec.ts'
import { type Keeper, keepCertificate } from './tls.ts'

/** What all listeners of a lifecycle share. */
export interface Shared {
  readonly settings: Settings
  readonly log: Log
  readonly guards: Guards
  readonly pipeline: Pipeline
}

/** A listener with Node's server, if it has one. */
export interface Opened extends OpenListener {
  readonly http?: HttpServer
}

/** Creates what a listener needs; nothing is bound yet. */
export function open(spec: Spec, shared: Shared): Opened {
  if (spec.kind === 'grpc') return openGrpc(spec)
  return spec.kind === 'attached' ? openAttached(spec, shared) : openHttp(spec, shared)
}

function openHttp({ app, application, settings }: HttpSpec, shared: Shared): Opened {
  const { guards, pipeline, log } = shared
  const { timeouts, maxHeaderBytes, maxHeaders, parts } = shared.settings
  const { address, tls, http2, onServer, onUpgrade } = settings
  const http = createHttpServer(
    { maxHeaderSize: maxHeaderBytes },
    {
      tls: tls && { minVersion: tls.minVersion, asksClients: tls.source.ca !== undefined },
      http2,
      handshakeMs: timeouts.readHeaderMs || handshakeMs,
      prefaceMs: timeouts.readHeaderMs,
      maxHeaderBytes,
      maxHeaders,
    },
    {
      onServer: (engine) => guards.traffic.watchSessions(engine),
      onSession: (socket) => guards.traffic.expectSession(socket),
    },
  )
  const keeper: Keeper | undefined = tls && keepCertificate(http, tls, log)
  admitRequests(http, shared)
  http.on('request', pipeline.guard(application.handler))
  if (onUpgrade) {
    handleUpgrades(http, onUpgrade, (err, req) =>
      log('error', 'onUpgrade failed', { err, path: shownPath(req) }),
    )
  }
  onServer?.(http)
  return {
    http,
    async prepare() {
      await application.ready()
      audit(parts.security, app)
    },
    async bind() {
      await keeper?.load()
      const bound = await bind(http, address)
      keeper?.record()
      return bound
    },
    stopAccepting: () => stopAccepting(http),
    dispose() {
      keeper?.close()
      dispose(http)
    },
    get certificate() {
      return keeper?.certificate
    },
    ...(keeper && tls && hasFiles(tls.source) ? { reload: keeper.reload } : {}),
  }
}

/** Node's own default is 120 s. */
const handshakeMs = 10_000

function openAttached({ http }: AttachedSpec, shared: Shared): Opened {
  const waiting = new AbortController()
  admitRequests(http, shared)
  return {
    http,
    async prepare() {},
    async bind(): Promise<BoundAddress> {
      if (!http.listening) await once(http, 'listening', { signal: waiting.signal })
      return boundAddress(http)
    },
    cancel: () => waiting.abort(),
    stopAccepting: () => stopAccepting(http),
    dispose: () => dispose(http),
  }
}

function openGrpc({ server, credentials, address }: GrpcSpec): Opened {
  return {
    async prepare() {},
    bind: () => bindGrpc(server, credentials, address),
    // It stops in `finish`: what it accepts and what it has accepted end together.
    stopAccepting() {},
    finish: (limitMs) =>
      runStep(
        formatTarget(address),
        () => stopGrpc(server, limitMs),
        // Its own limit comes first.
        limitMs + graceMs,
      ),
    dispose: () => server.forceShutdown(),
  }
}

const graceMs = 100

/** Every request passes the limits and the parts before the application sees it. */
function admitRequests(http: HttpServer, { guards, pipeline }: Shared): void {
  const { traffic } = guards
  guards.watch(http)
  gateRequests(http, (callListeners) => {
    const handle = pipeline.around(callListeners)
    return (req, res) => {
      if (guards.accept(req) && traffic.begin(req, res)) handle(req, res)
    }
  })
}

function audit(security: SecurityPart | undefined, app: unknown): void {
  try {
    security?.audit?.(app)
  } catch (error) {
    throw new ServerError('ERR_SERVER_AUDIT', `security audit failed: ${reasonOf(error)}`, {
      cause: error,
    })
  }
}
