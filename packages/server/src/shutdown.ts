import type { Server as HttpServer } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { bounded, sleep } from './bounded.ts'
import { type Closed, closeConnections } from './close.ts'
import { dispose, stopAccepting } from './listener.ts'
import type { Settings } from './options.ts'
import type { LoggerPart } from './parts.ts'
import { fieldsOf, type Refused, type ShutdownReport, type StepReport } from './report.ts'
import type { ServerState } from './server.ts'
import type { Traffic } from './traffic.ts'

/** Why and how fast. */
export interface StopMode {
  readonly reason: string
  /** Somebody waits at a terminal, or the process is broken: no drain delay, no lingering. */
  readonly hasty?: boolean
  /** Instead of `shutdown.timeoutMs`. */
  readonly timeoutMs?: number
  /** Waited for after the last request: other servers of this process may still need what the hooks close. */
  readonly barrier?: () => Promise<void>
}

export interface Subject {
  readonly http: HttpServer
  readonly traffic: Traffic
  readonly refused: Refused
  readonly settings: Settings
  readonly log: LoggerPart['log']
  readonly listening: boolean
  closeAdmin(): Promise<void> | undefined
  enter(state: ServerState): void
  unsubscribe(): void
}

/** Node's default length of that queue. */
const backlog = 511

const noneClosed: Closed = { cutRequests: [], connections: { idle: 0, unused: 0, upgraded: 0 } }

/** The whole of a shutdown, in order. Never rejects, and ends within the time given. */
export async function shutDown(subject: Subject, mode: StopMode): Promise<ShutdownReport> {
  const { traffic, settings, log, enter } = subject
  const { parts, shutdown } = settings
  const clock = clockOf(mode.timeoutMs ?? shutdown.timeoutMs)
  const { flushMs, hookMs } = reserves(settings, clock.totalMs)
  const requestsMs = clock.totalMs - flushMs - hookMs

  enter('draining')
  const inFlight = traffic.requests.size
  traffic.drain()
  tell(log, 'health.drain()', () => parts.health?.drain?.())
  tell(log, 'onDrain', () => settings.onDrain?.())
  let closed = noneClosed
  const drainDelayMs = mode.hasty ? 0 : Math.min(shutdown.drainDelayMs, requestsMs)
  if (subject.listening) {
    log('info', 'server draining', {
      reason: mode.reason,
      in_flight: inFlight,
      drain_delay_ms: drainDelayMs,
    })
    await sleep(drainDelayMs)
  }
  const drainMs = clock.lap()

  if (subject.listening) await emptyBacklog(traffic)
  enter('closing')
  if (subject.listening) {
    stopAccepting(subject.http)
    const leftMs = Math.max(0, requestsMs - clock.elapsed())
    closed = await closeConnections(traffic, {
      lingerMs: mode.hasty ? 0 : Math.min(shutdown.lingerMs, leftMs),
      abortMs: Math.max(0, leftMs - shutdown.abortMs),
      deadlineMs: leftMs,
    })
    dispose(subject.http)
  }
  await mode.barrier?.()
  const closeMs = clock.lap()

  enter('flushing')
  const hooks = await runHooks(settings, () => clock.left() - flushMs)
  const hooksMs = clock.lap()
  await subject.closeAdmin()

  const flushed = await flush(settings, ['tracing', 'metrics'], () =>
    Math.min(shutdown.flushMs, clock.left() - flushMs / 4),
  )
  subject.unsubscribe()
  const { answered, arrived, aborted, cut } = traffic.counts
  const draft = {
    reason: mode.reason,
    clean: cut === 0 && hooks.every(({ outcome }) => outcome === 'done'),
    inFlight,
    arrived,
    answered,
    aborted,
    cut,
    cutRequests: closed.cutRequests,
    connections: closed.connections,
    refused: { ...subject.refused },
    hooks,
  }
  const reportNow = (steps: readonly StepReport[]): ShutdownReport => ({
    ...draft,
    flushed: steps,
    phases: { drainMs, closeMs, hooksMs, flushMs: clock.lapSoFar() },
    totalMs: clock.elapsed(),
  })
  const last = reportNow(flushed)
  // A start that failed has said why, in one line.
  if (subject.listening || !last.clean) {
    log(last.clean ? 'info' : 'warn', 'server stopped', fieldsOf(last))
  }
  // The logger goes last: it writes the line above.
  const loggerFlushed = await flush(settings, ['logger'], () =>
    Math.min(shutdown.flushMs, clock.left()),
  )
  enter('stopped')
  return reportNow([...flushed, ...loggerFlushed])
}

/** The system resets connections it has accepted and we have not yet; they come at one a turn of the event loop. */
async function emptyBacklog(traffic: Traffic): Promise<void> {
  for (let turns = 0, quiet = 0; turns < 2 * backlog && quiet < 3; turns++) {
    const before = traffic.accepted
    await turn()
    quiet = traffic.accepted === before ? quiet + 1 : 0
  }
}

/** What is kept of the time for the steps after the last request. */
function reserves({ shutdown, onShutdown, parts }: Settings, totalMs: number) {
  const quarter = totalMs / 4
  const hasHooks = onShutdown.length > 0 || parts.health || parts.debug || parts.security
  return {
    flushMs: Math.min(shutdown.flushMs, quarter),
    hookMs: hasHooks ? Math.min(shutdown.hookMs, quarter) : 0,
  }
}

/** In reverse order, one after the other, then the parts that hold timers and connections of their own. */
async function runHooks(
  { onShutdown, parts, shutdown }: Settings,
  leftMs: () => number,
): Promise<StepReport[]> {
  const steps: StepReport[] = []
  for (const [index, hook] of [...onShutdown.entries()].reverse()) {
    const name = hook.name || `onShutdown[${index}]`
    steps.push(await bounded(name, hook, Math.min(shutdown.hookMs, leftMs())))
  }
  const { health, debug, security } = parts
  const limitMs = Math.min(shutdown.hookMs, leftMs())
  const closers = Object.entries({ health, debug, security }).flatMap(([name, part]) =>
    part?.shutdown ? [bounded(name, () => part.shutdown?.(), limitMs)] : [],
  )
  return [...steps, ...(await Promise.all(closers))]
}

function flush(
  { parts }: Settings,
  names: readonly ('tracing' | 'metrics' | 'logger')[],
  limitMs: () => number,
): Promise<StepReport[]> {
  return Promise.all(
    names.flatMap((name) => {
      const part = parts[name]
      return part?.shutdown ? [bounded(name, () => part.shutdown?.(), limitMs())] : []
    }),
  )
}

/** Called now, not waited for; what it throws is logged. */
function tell(log: LoggerPart['log'], what: string, run: () => unknown): void {
  const failed = (err: unknown) => log('error', `${what} failed`, { err })
  try {
    Promise.resolve(run()).catch(failed)
  } catch (error) {
    failed(error)
  }
}

function clockOf(totalMs: number) {
  const startedAt = performance.now()
  let lapAt = startedAt
  const elapsed = () => Math.round(performance.now() - startedAt)
  return {
    totalMs,
    elapsed,
    lapSoFar: () => Math.round(performance.now() - lapAt),
    left: () => totalMs - elapsed(),
    lap() {
      const now = performance.now()
      const ms = Math.round(now - lapAt)
      lapAt = now
      return ms
    },
  }
}
