import { setImmediate as turn } from 'node:timers/promises'
import type { OpenListener } from '../lifecycle/open-listener.ts'
import { fieldsOf, type ShutdownReport, type StepReport } from '../lifecycle/report.ts'
import type { ServerState } from '../lifecycle/server.ts'
import type { Log } from '../options/parts.ts'
import type { Settings } from '../options/settings.ts'
import type { Traffic } from '../traffic/traffic.ts'
import { type Budget, budgetOf, requestsMs } from './budget.ts'
import { Clock } from './clock.ts'
import { type ClosedConnections, closeConnections } from './closing.ts'
import { finishWork } from './finishing.ts'
import { emptyHandover } from './handover.ts'
import { runStep, sleep } from './step.ts'

/** Why a server stops, and how fast. */
export interface StopMode {
  readonly reason: string
  /** Somebody waits at a terminal, or the process is broken: no drain delay, no lingering. */
  readonly hasty?: boolean
  /** Another process of this machine has taken its place: no drain delay. */
  readonly isReplaced?: boolean
  /** That of all servers of the process together. */
  readonly budget?: Budget
  /**
   * Awaited after the last request: other servers of this process may still need what the hooks
   * close.
   */
  readonly barrier?: () => Promise<void>
}

/** What is shut down. */
export interface Subject {
  readonly listeners: readonly OpenListener[]
  readonly traffic: Traffic
  readonly settings: Settings
  readonly log: Log
  readonly isListening: boolean
  closeAdmin(): Promise<void> | undefined
  enter(state: ServerState): void
  /** No more reports of parts are written. */
  endReports(): void
}

/** Node's default length of the queue of connections that the system has accepted. */
const backlog = 511

interface Closed {
  readonly connections: ClosedConnections
  readonly finished: readonly StepReport[]
}

const noneClosed: Closed = {
  connections: { idle: 0, unused: 0, upgraded: 0, cut: 0 },
  finished: [],
}

/** A whole shutdown, in order. Never rejects, and ends within the time given. */
export async function shutDown(subject: Subject, mode: StopMode): Promise<ShutdownReport> {
  const { traffic, settings, log, enter } = subject
  const { shutdown } = settings
  const own = budgetOf(settings)
  const budget = mode.budget ?? own
  const { flushMs } = budget
  const clock = new Clock(budget.totalMs)
  const deadlineMs = requestsMs(own, budget)

  enter('draining')
  const inFlight = traffic.inFlight
  await drain(subject, mode, deadlineMs)
  const drainMs = clock.endPhase()

  if (subject.isListening) await emptyBacklog(traffic)
  enter('closing')
  const { connections, finished } = subject.isListening
    ? await close(subject, mode, deadlineMs - clock.elapsedMs())
    : noneClosed
  const unfinished = await finishWork(traffic, {
    abortMs: deadlineMs - shutdown.abortMs - clock.elapsedMs(),
    deadlineMs: deadlineMs - clock.elapsedMs(),
  })
  await mode.barrier?.()
  const closeMs = clock.endPhase()

  enter('flushing')
  const hooks = await runHooks(settings, () => clock.leftMs() - flushMs)
  const hooksMs = clock.endPhase()
  await subject.closeAdmin()
  await emptyHandover(clock.leftMs() - flushMs)

  const flushed = await flush(settings, ['tracing', 'metrics'], () =>
    Math.min(shutdown.flushMs, clock.leftMs() - flushMs / 4),
  )
  subject.endReports()
  const { counts, cutRequests, refused } = traffic
  const reportNow = (steps: readonly StepReport[]): ShutdownReport => ({
    reason: mode.reason,
    clean:
      counts.cut === 0 &&
      connections.cut === 0 &&
      unfinished.length === 0 &&
      [...finished, ...hooks].every(({ outcome }) => outcome === 'done'),
    inFlight,
    ...counts,
    cutRequests,
    unfinished,
    connections,
    grpc: finished,
    refused: { ...refused },
    hooks,
    flushed: steps,
    phases: { drainMs, closeMs, hooksMs, flushMs: clock.phaseMs() },
    totalMs: clock.elapsedMs(),
  })
  const report = reportNow(flushed)
  // A start that failed has been logged already.
  if (subject.isListening || !report.clean) {
    log(report.clean ? 'info' : 'warn', 'server stopped', fieldsOf(report))
  }
  // The logger goes last: it writes the line above.
  const loggerFlushed = await flush(settings, ['logger'], () =>
    Math.min(shutdown.flushMs, clock.leftMs()),
  )
  enter('stopped')
  return reportNow([...flushed, ...loggerFlushed])
}

/** Announces the end, and keeps serving until load balancers have noticed. */
async function drain(
  { listeners, traffic, settings, log, isListening }: Subject,
  { reason, hasty, isReplaced }: StopMode,
  limitMs: number,
): Promise<void> {
  const inFlight = traffic.inFlight
  traffic.drain()
  notify(log, 'health.drain()', () => settings.parts.health?.drain?.())
  notify(log, 'onDrain', () => settings.onDrain?.())
  if (!isListening) return
  const isWaiting = !hasty && !isReplaced && listeners.length > 0
  const drainDelayMs = isWaiting ? Math.min(settings.shutdown.drainDelayMs, limitMs) : 0
  log('info', 'server draining', { reason, in_flight: inFlight, drain_delay_ms: drainDelayMs })
  await sleep(drainDelayMs)
}

/** Stops accepting, and waits for the last connection. */
async function close(
  { listeners, traffic, settings: { shutdown } }: Subject,
  { hasty }: StopMode,
  limitMs: number,
): Promise<Closed> {
  const deadlineMs = Math.max(0, limitMs)
  for (const listener of listeners) listener.stopAccepting()
  const [connections, finished] = await Promise.all([
    closeConnections(traffic, {
      lingerMs: hasty ? 0 : Math.min(shutdown.lingerMs, deadlineMs),
      abortMs: Math.max(0, deadlineMs - shutdown.abortMs),
      deadlineMs,
    }),
    Promise.all(listeners.flatMap((listener) => listener.finish?.(deadlineMs) ?? [])),
  ])
  for (const listener of listeners) listener.dispose()
  return { connections, finished }
}

/**
 * When the listener closes, the system resets connections that it has accepted and Node has not
 * yet; Node takes one per turn of the event loop.
 */
async function emptyBacklog(traffic: Traffic): Promise<void> {
  for (let turns = 0, quiet = 0; turns < 2 * backlog && quiet < 3; turns++) {
    const before = traffic.accepted
    await turn()
    quiet = traffic.accepted === before ? quiet + 1 : 0
  }
}

/** In reverse order, one after the other, then the parts that have timers and connections. */
async function runHooks(
  { onShutdown, parts, shutdown }: Settings,
  leftMs: () => number,
): Promise<StepReport[]> {
  const steps: StepReport[] = []
  for (const [index, hook] of [...onShutdown.entries()].reverse()) {
    const name = hook.name || `onShutdown[${index}]`
    steps.push(await runStep(name, hook, Math.min(shutdown.hookMs, leftMs())))
  }
  const { health, debug, security } = parts
  const limitMs = Math.min(shutdown.hookMs, leftMs())
  const closers = Object.entries({ health, debug, security }).flatMap(([name, part]) =>
    part?.shutdown ? [runStep(name, () => part.shutdown?.(), limitMs)] : [],
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
      return part?.shutdown ? [runStep(name, () => part.shutdown?.(), limitMs())] : []
    }),
  )
}

/** Calls it now and does not wait; what it throws is logged. */
function notify(log: Log, name: string, run: () => unknown): void {
  const onError = (err: unknown) => log('error', `${name} failed`, { err })
  try {
    Promise.resolve(run()).catch(onError)
  } catch (error) {
    onError(error)
  }
}
