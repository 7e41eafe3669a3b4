import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Address, isLoopback, type ListenTarget, parseAddress, textOf } from './address.ts'
import { optionError } from './errors.ts'
import type {
  DebugPart,
  HealthPart,
  LoggerPart,
  MetricsPart,
  Middleware,
  SecurityPart,
  TracingPart,
} from './parts.ts'
import type { Addresses, ShutdownReport } from './report.ts'

/** Limits on time, in Go's terms. All in milliseconds, integers from 0; 0 = no limit. */
export interface TimeoutOptions {
  /**
   * From the connection, or the first byte of a later request, to the end of the header: then 408. Go: `ReadHeaderTimeout`.
   * @defaultValue 10_000, or `readMs` where that is less
   */
  readonly readHeaderMs?: number | undefined
  /**
   * The whole request with its body: then 408, or a cut if the response has begun. Not the handler's time. Go: `ReadTimeout`.
   * @defaultValue 60_000, or `readHeaderMs` where that is more
   */
  readonly readMs?: number | undefined
  /**
   * How long a response may wait for a client that takes no byte of it; then the connection is cut. A slow handler and a quiet
   * event stream are not affected, which Go's absolute `WriteTimeout` does not spare. Give it 30 s or more: the system's buffers
   * hide the progress of a slow reader.
   * @defaultValue 60_000
   */
  readonly writeMs?: number | undefined
  /**
   * An unused keep-alive connection. Should be longer than the idle time of the proxy in front. Go: `IdleTimeout`.
   * @defaultValue 72_000
   */
  readonly idleMs?: number | undefined
}

/** How a shutdown goes. All in milliseconds, integers from 0. */
export interface ShutdownOptions {
  /**
   * How long to keep accepting and serving after readiness went off, so that load balancers notice. Part of `timeoutMs`.
   * @defaultValue 5_000 in Kubernetes (`KUBERNETES_SERVICE_HOST` is set), else 0
   */
  readonly drainDelayMs?: number | undefined
  /**
   * How long idle connections are kept after the listener is closed, so that a request already on its way is answered.
   * @defaultValue 5_000 in Kubernetes, else 1_000
   */
  readonly lingerMs?: number | undefined
  /**
   * The whole shutdown, from the signal to the end. Keep it below what the platform allows (Kubernetes: 30 s).
   * @defaultValue 25_000
   */
  readonly timeoutMs?: number | undefined
  /** How long before requests are cut their signal aborts. @defaultValue 1_000, at most a tenth of `timeoutMs` */
  readonly abortMs?: number | undefined
  /** Each hook of `onShutdown`. @defaultValue 5_000 */
  readonly hookMs?: number | undefined
  /** Sending telemetry and log lines that are still held. At most a quarter of `timeoutMs`. @defaultValue 5_000 */
  readonly flushMs?: number | undefined
  /** The whole shutdown after an uncaught error, instead of `timeoutMs`. @defaultValue 3_000 */
  readonly crashTimeoutMs?: number | undefined
}

/** A second listener for the people and machines that run the service. */
export interface AdminOptions {
  /** @defaultValue '127.0.0.1:8081' */
  readonly address?: Address | undefined
  /**
   * Stands before everything but `/livez`, `/readyz` and `/startupz`: calls `next()` to let a request in, or answers it.
   * Required where the address is not loopback.
   */
  readonly guard?: Middleware | undefined
}

/** Options of `create`. */
export interface ServerOptions {
  /** Name and version, for the lines about start and end. */
  readonly service?: { readonly name: string; readonly version?: string | undefined } | undefined
  /** Where to listen. @defaultValue ':8080' */
  readonly address?: Address | undefined
  /** The admin listener. @defaultValue none */
  readonly admin?: AdminOptions | undefined
  /** `/livez`, `/readyz` and `/startupz` on the public listener too, before the handler and unlogged. @defaultValue false */
  readonly probes?: boolean | undefined
  /** Writes the lines of the server and of every part; its `http()` watches requests. @defaultValue plain text on stderr */
  readonly logger?: LoggerPart | undefined
  readonly tracing?: TracingPart | undefined
  readonly metrics?: MetricsPart | undefined
  readonly health?: HealthPart | undefined
  readonly debug?: DebugPart | undefined
  readonly security?: SecurityPart | undefined
  readonly timeouts?: TimeoutOptions | undefined
  /** Request line and headers together, in bytes, 1024 to 16 MiB; more: 431. Go: `MaxHeaderBytes`. @defaultValue 16_384 */
  readonly maxHeaderBytes?: number | undefined
  readonly shutdown?: ShutdownOptions | undefined
  /** Takes over connections that ask for an upgrade (WebSocket). @defaultValue none: such a request is an ordinary one */
  readonly onUpgrade?: ((req: IncomingMessage, socket: Duplex, head: Buffer) => void) | undefined
  /** Called when draining starts: end event streams, close WebSockets, stop taking jobs. Not waited for. */
  readonly onDrain?: (() => void) | undefined
  /** Called after the last request, in reverse order, each within `hookMs`, all of them even if one fails. */
  readonly onShutdown?: readonly (() => unknown)[] | undefined
}

/** Options of `serve`. */
export interface ServeOptions extends ServerOptions {
  /** Called once when the server listens, with the real ports. */
  readonly onListening?: ((addresses: Addresses) => void) | undefined
  /** Called before the process exits. */
  readonly onStopped?: ((report: ShutdownReport) => void) | undefined
}

/** Options, checked, with every default filled in. */
export interface Settings {
  readonly service: { readonly name: string; readonly version: string | undefined } | undefined
  readonly address: ListenTarget
  readonly admin:
    | { readonly address: ListenTarget; readonly guard: Middleware | undefined }
    | undefined
  readonly probes: boolean
  readonly parts: Parts
  readonly timeouts: Required<{ readonly [K in keyof TimeoutOptions]: number }>
  readonly maxHeaderBytes: number
  readonly shutdown: Required<{ readonly [K in keyof ShutdownOptions]: number }>
  readonly onUpgrade: ServerOptions['onUpgrade']
  readonly onDrain: (() => void) | undefined
  readonly onShutdown: readonly (() => unknown)[]
}

interface Parts {
  readonly logger: LoggerPart | undefined
  readonly tracing: TracingPart | undefined
  readonly metrics: MetricsPart | undefined
  readonly health: HealthPart | undefined
  readonly debug: DebugPart | undefined
  readonly security: SecurityPart | undefined
}

const longestMs = 2 ** 31 - 1

export function settingsOf(options: ServerOptions): Settings {
  if (typeof options !== 'object' || options === null) {
    throw optionError('options', 'an object', options)
  }
  const { service, address = ':8080', admin, probes = false, maxHeaderBytes = 16_384 } = options
  const { logger, tracing, metrics, health, debug, security } = options
  const { onUpgrade, onDrain, onShutdown = [] } = options
  if (service !== undefined && typeof service?.name !== 'string') {
    throw optionError('service', '{ name, version }', service)
  }
  if (typeof probes !== 'boolean') throw optionError('probes', 'true or false', probes)
  integer('maxHeaderBytes', maxHeaderBytes, 1024, 2 ** 24)
  optionalFunctions('', { onUpgrade, onDrain })
  if (!Array.isArray(onShutdown)) throw optionError('onShutdown', 'an array', onShutdown)
  onShutdown.forEach((hook, index) => {
    if (typeof hook !== 'function') throw optionError(`onShutdown[${index}]`, 'a function', hook)
  })
  const parts = { logger, tracing, metrics, health, debug, security }
  checkPart('logger', logger, ['log'], ['http', 'shutdown'])
  checkPart('tracing', tracing, [], ['http', 'shutdown', 'subscribe'])
  checkPart('metrics', metrics, [], ['http', 'handler', 'shutdown', 'subscribe'])
  checkPart('health', health, ['handler'], ['drain', 'shutdown', 'subscribe'])
  checkPart('debug', debug, ['handler'], ['http', 'shutdown', 'subscribe'])
  checkPart('security', security, [], ['audit', 'shutdown', 'subscribe'])
  return {
    service: service && { name: service.name, version: service.version },
    address: parseAddress('address', address),
    admin: adminOf(admin),
    probes,
    parts,
    timeouts: timeoutsOf(options.timeouts),
    maxHeaderBytes,
    shutdown: shutdownOf(options.shutdown),
    onUpgrade,
    onDrain,
    onShutdown: [...onShutdown],
  }
}

function adminOf(admin: AdminOptions | undefined): Settings['admin'] {
  if (admin === undefined) return undefined
  if (typeof admin !== 'object' || admin === null) throw optionError('admin', 'an object', admin)
  const { address = '127.0.0.1:8081', guard } = admin
  const target = parseAddress('admin.address', address)
  optionalFunctions('admin.', { guard })
  if (!guard && !isLoopback(target)) {
    throw optionError(
      'admin.address',
      'a loopback address or a unix socket as long as there is no admin.guard',
      textOf(target),
    )
  }
  return { address: target, guard }
}

function timeoutsOf(options: TimeoutOptions = {}): Settings['timeouts'] {
  if (typeof options !== 'object' || options === null) {
    throw optionError('timeouts', 'an object', options)
  }
  const { writeMs = 60_000, idleMs = 72_000 } = options
  let { readHeaderMs, readMs } = options
  for (const [name, value] of Object.entries({ readHeaderMs, readMs, writeMs, idleMs })) {
    if (value !== undefined) integer(`timeouts.${name}`, value, 0, longestMs)
  }
  // Node swaps the two when the first is greater, so a header could be cut by the limit meant for a body.
  readMs ??= Math.max(60_000, readHeaderMs ?? 0)
  readHeaderMs ??= readMs === 0 ? 10_000 : Math.min(10_000, readMs)
  if (readMs > 0 && readHeaderMs > readMs) {
    throw optionError('timeouts.readHeaderMs', `at most timeouts.readMs (${readMs})`, readHeaderMs)
  }
  return { readHeaderMs, readMs, writeMs, idleMs }
}

function shutdownOf(options: ShutdownOptions = {}): Settings['shutdown'] {
  if (typeof options !== 'object' || options === null) {
    throw optionError('shutdown', 'an object', options)
  }
  const behindEndpoints = process.env['KUBERNETES_SERVICE_HOST'] !== undefined
  const { timeoutMs = 25_000, hookMs = 5_000, flushMs = 5_000, crashTimeoutMs = 3_000 } = options
  const {
    drainDelayMs = behindEndpoints ? 5_000 : 0,
    lingerMs = behindEndpoints ? 5_000 : 1_000,
    abortMs = Math.min(1_000, Math.floor(timeoutMs / 10)),
  } = options
  const shutdown = {
    drainDelayMs,
    lingerMs,
    timeoutMs,
    abortMs,
    hookMs,
    flushMs,
    crashTimeoutMs,
  }
  for (const [name, value] of Object.entries(shutdown)) {
    integer(`shutdown.${name}`, value, 0, longestMs)
  }
  if (drainDelayMs > 0 && drainDelayMs >= timeoutMs) {
    throw optionError(
      'shutdown.drainDelayMs',
      `less than shutdown.timeoutMs (${timeoutMs})`,
      drainDelayMs,
    )
  }
  return shutdown
}

function integer(option: string, value: unknown, least: number, most: number): void {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw optionError(option, `an integer from ${least} to ${most}`, value)
  }
}

function optionalFunctions(prefix: string, functions: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(functions)) {
    if (value !== undefined && typeof value !== 'function') {
      throw optionError(`${prefix}${name}`, 'a function', value)
    }
  }
}

function checkPart(
  name: string,
  part: unknown,
  required: readonly string[],
  optional: readonly string[],
): void {
  if (part === undefined) return
  if ((typeof part !== 'object' && typeof part !== 'function') || part === null) {
    throw optionError(name, 'an object', part)
  }
  for (const member of [...required, ...optional]) {
    const value = (part as Record<string, unknown>)[member]
    if (value === undefined && optional.includes(member)) continue
    if (typeof value !== 'function') throw optionError(`${name}.${member}`, 'a function', value)
  }
}
