import type { Middleware } from '@clew/internal/requests/middleware'
import type { ServerCheck } from '../errors.ts'
import { formatTarget, isLoopback, type ListenTarget, parseAddress } from '../listener/address.ts'
import { listenerOptionNames } from './listener-settings.ts'
import type {
  AdminOptions,
  AttachOptions,
  LifecycleOptions,
  ProcessOptions,
  ServeOptions,
  ServerOptions,
  ShutdownOptions,
  TimeoutOptions,
} from './options.ts'
import { type OverloadSettings, overloadOf } from './overload-settings.ts'
import type { Parts } from './parts.ts'
import { drainHint } from './platform.ts'

/** The options, checked, with every default filled in. */
export interface Settings {
  readonly service: { readonly name: string; readonly version: string | undefined } | undefined
  readonly admin: AdminSettings | undefined
  readonly probes: boolean
  readonly parts: Parts
  readonly timeouts: Required<{ readonly [K in keyof TimeoutOptions]: number }>
  readonly maxHeaderBytes: number
  readonly maxHeaders: number
  readonly readProgressBytes: number
  readonly maxConnections: number
  readonly overload: OverloadSettings | undefined
  readonly shutdown: Required<{ readonly [K in keyof ShutdownOptions]: number }>
  /** A warning for the log, if requests are likely to be lost at a restart. */
  readonly drainHint: string | undefined
  readonly onDrain: (() => void) | undefined
  readonly onShutdown: readonly (() => unknown)[]
}

export interface AdminSettings {
  /** Any other port will do. */
  readonly isDefault: boolean
  readonly address: ListenTarget
  readonly guard: Middleware | undefined
  readonly actor: AdminOptions['actor']
  readonly allowedHosts: readonly string[]
}

export const lifecycleOptionNames: readonly (keyof LifecycleOptions)[] = [
  'service',
  'admin',
  'probes',
  'logger',
  'tracing',
  'metrics',
  'health',
  'debug',
  'security',
  'timeouts',
  'maxHeaderBytes',
  'maxHeaders',
  'readProgressBytes',
  'maxConnections',
  'overload',
  'shutdown',
  'onDrain',
  'onShutdown',
]

const processOptionNames: readonly (keyof ProcessOptions)[] = ['onListening', 'onStopped']

export const serverOptionNames: readonly (keyof ServerOptions)[] = [
  ...lifecycleOptionNames,
  ...listenerOptionNames,
]

export const serveOptionNames: readonly (keyof ServeOptions)[] = [
  ...serverOptionNames,
  ...processOptionNames,
]

export const attachOptionNames: readonly (keyof AttachOptions)[] = [
  ...lifecycleOptionNames,
  ...processOptionNames,
  'signals',
]

/**
 * Checks the options that all listeners have in common. Unknown names must have been refused before.
 * @param isLocal - only this machine can reach what listens
 */
export function settingsOf(
  check: ServerCheck,
  options: LifecycleOptions,
  isLocal: boolean,
): Settings {
  const { probes = false } = options
  const { maxHeaderBytes = 16_384, maxHeaders = 1_000, readProgressBytes = 65_536 } = options
  const { maxConnections = 0, onDrain, onShutdown = [] } = options
  check.function('onDrain', onDrain)
  const shutdown = shutdownOf(check, options.shutdown)
  return {
    service: serviceOf(check, options.service),
    admin: adminOf(check, options.admin),
    probes: check.boolean('probes', probes),
    parts: partsOf(check, options),
    timeouts: timeoutsOf(check, options.timeouts),
    maxHeaderBytes: check.integer('maxHeaderBytes', maxHeaderBytes, { min: 1024, max: 2 ** 24 }),
    maxHeaders: check.integer('maxHeaders', maxHeaders, { min: 1, max: 100_000 }),
    readProgressBytes: check.integer('readProgressBytes', readProgressBytes, { min: 0 }),
    maxConnections: check.integer('maxConnections', maxConnections, { min: 0 }),
    overload: overloadOf(check, options.overload),
    shutdown,
    drainHint:
      isLocal || options.shutdown?.drainDelayMs !== undefined ? undefined : drainHint(shutdown),
    onDrain,
    onShutdown: hooksOf(check, onShutdown),
  }
}

function serviceOf(check: ServerCheck, service: LifecycleOptions['service']): Settings['service'] {
  if (service === undefined) return undefined
  const { name, version } = check.options('service', service, ['name', 'version'])
  if (version !== undefined && typeof version !== 'string') {
    throw check.error('service.version', 'a string', version)
  }
  return { name: check.string('service.name', name), version }
}

function adminOf(check: ServerCheck, admin: AdminOptions | undefined): AdminSettings | undefined {
  if (admin === undefined) return undefined
  const options = check.options('admin', admin, ['address', 'guard', 'actor', 'allowedHosts'])
  const { address = '127.0.0.1:8081', guard, actor, allowedHosts = [] } = options
  const target = parseAddress(check, 'admin.address', address)
  check.function('admin.guard', guard)
  check.function('admin.actor', actor)
  const hosts = check.strings('admin.allowedHosts', allowedHosts)
  if (!guard && !isLoopback(target)) {
    throw check.error(
      'admin.address',
      'a loopback address or a unix socket unless there is an admin.guard',
      formatTarget(target),
    )
  }
  return {
    address: target,
    guard,
    actor,
    allowedHosts: hosts.map((host) => host.toLowerCase()),
    isDefault: options.address === undefined,
  }
}

function timeoutsOf(
  check: ServerCheck,
  timeouts: TimeoutOptions | undefined,
): Settings['timeouts'] {
  const names = [
    'readHeaderMs',
    'readMs',
    'writeMs',
    'idleMs',
    'discardMs',
    'handlerMs',
    'tcpKeepAliveMs',
  ] as const
  const options = check.options('timeouts', timeouts, names)
  for (const name of names) {
    if (options[name] !== undefined) check.milliseconds(`timeouts.${name}`, options[name])
  }
  const { writeMs = 60_000, idleMs = 72_000, discardMs = 5_000 } = options
  const { handlerMs = 0, tcpKeepAliveMs = 60_000 } = options
  const { readMs = Math.max(60_000, options.readHeaderMs ?? 0) } = options
  const { readHeaderMs = readMs === 0 ? 10_000 : Math.min(10_000, readMs) } = options
  // Node swaps the two if the first is greater: the limit for a body could then cut a header.
  if (readMs > 0 && readHeaderMs > readMs) {
    throw check.error('timeouts.readHeaderMs', `at most timeouts.readMs (${readMs})`, readHeaderMs)
  }
  return { readHeaderMs, readMs, writeMs, idleMs, discardMs, handlerMs, tcpKeepAliveMs }
}

function shutdownOf(
  check: ServerCheck,
  shutdown: ShutdownOptions | undefined,
): Settings['shutdown'] {
  const names = [
    'drainDelayMs',
    'lingerMs',
    'timeoutMs',
    'abortMs',
    'hookMs',
    'flushMs',
    'crashTimeoutMs',
  ] as const
  const options = check.options('shutdown', shutdown, names)
  for (const name of names) {
    if (options[name] !== undefined) check.milliseconds(`shutdown.${name}`, options[name])
  }
  const inKubernetes = process.env['KUBERNETES_SERVICE_HOST'] !== undefined
  const { timeoutMs = 25_000, hookMs = 5_000, flushMs = 5_000, crashTimeoutMs = 3_000 } = options
  const {
    drainDelayMs = inKubernetes ? 5_000 : 0,
    lingerMs = 5_000,
    abortMs = Math.min(1_000, Math.floor(timeoutMs / 10)),
  } = options
  if (drainDelayMs > 0 && drainDelayMs >= timeoutMs) {
    throw check.error(
      'shutdown.drainDelayMs',
      `less than shutdown.timeoutMs (${timeoutMs})`,
      drainDelayMs,
    )
  }
  return { drainDelayMs, lingerMs, timeoutMs, abortMs, hookMs, flushMs, crashTimeoutMs }
}

function hooksOf(check: ServerCheck, hooks: readonly (() => unknown)[]): (() => unknown)[] {
  if (!Array.isArray(hooks)) throw check.error('onShutdown', 'an array of functions', hooks)
  return hooks.map((hook, index) => {
    if (typeof hook !== 'function') throw check.error(`onShutdown[${index}]`, 'a function', hook)
    return hook
  })
}

interface Members {
  readonly required?: readonly string[]
  readonly optional: readonly string[]
}

const memberNames: { readonly [K in keyof Parts]: Members } = {
  logger: { required: ['log'], optional: ['http', 'shutdown'] },
  tracing: { optional: ['http', 'shutdown', 'subscribe'] },
  metrics: { optional: ['http', 'handler', 'shutdown', 'subscribe'] },
  health: { required: ['handler'], optional: ['drain', 'shutdown', 'subscribe'] },
  debug: { required: ['handler'], optional: ['http', 'shutdown', 'subscribe'] },
  security: { optional: ['audit', 'shutdown', 'subscribe'] },
}

/** Parts are checked for what the server calls; they may have other members. */
function partsOf(check: ServerCheck, options: LifecycleOptions): Parts {
  const { logger, tracing, metrics, health, debug, security } = options
  const parts = { logger, tracing, metrics, health, debug, security }
  for (const [name, { required = [], optional }] of Object.entries(memberNames)) {
    const part: unknown = parts[name as keyof Parts]
    if (part === undefined) continue
    if ((typeof part !== 'object' && typeof part !== 'function') || part === null) {
      throw check.error(name, 'an object', part)
    }
    for (const member of [...required, ...optional]) {
      const value = (part as Record<string, unknown>)[member]
      if (value === undefined && optional.includes(member)) continue
      if (typeof value !== 'function') throw check.error(`${name}.${member}`, 'a function', value)
    }
  }
  return parts
}
