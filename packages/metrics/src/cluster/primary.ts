import type { Cluster, Worker } from 'node:cluster'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { scopeName } from '../instruments/binding.ts'
import type { Member, MemberOptions } from './member.ts'
import { type Message, messageIn, packed, unpacked, wrapped } from './messages.ts'
import { collectionOf, type MetricSnapshot, type Snapshot, snapshotOf } from './snapshot.ts'
import { gauge, isGauge, isTotal, Sums } from './sums.ts'

/** What is known of one worker. */
interface Known {
  readonly worker: Worker
  /** Its number among those that run: that of one that has ended is used again. */
  readonly slot: number
  last: Snapshot | undefined
  /** Whether `last` is its answer to what it was asked last. */
  isCurrent: boolean
  /** Whether it has said its last word, and is not asked any more. */
  isFinal: boolean
  /** Called with the answer that it owes. */
  answered: (() => void) | undefined
  asked: Promise<void> | undefined
}

/** The part of its time that a worker has for its observables, before it must send its answer. */
const share = 0.8
const label = 'cluster.worker'

/**
 * The primary: asks its workers, and adds their answers to what it has measured itself and to what
 * those counted that have ended. A worker that does not answer in time keeps nobody waiting, and
 * makes no counter smaller: its sums are those of its last answer, its gauges are left out.
 */
export function createPrimary(cluster: Cluster, options: MemberOptions): Member {
  const { collect, workerTimeoutMs, cardinalityLimit, reportOnce } = options
  const known = new Map<number, Known>()
  const onMismatch = (metric: string) =>
    reportOnce(`buckets ${metric}`, {
      type: 'metrics.name_clash',
      level: 'warn',
      message: `${metric} has other buckets in some processes of the cluster; those are left out`,
      fields: { metric },
    })
  const sums = new Sums(cardinalityLimit, onMismatch)
  /** What was counted by workers that have ended. */
  const ended = new Sums(cardinalityLimit, onMismatch)
  let own: Snapshot | undefined
  let pulling: Promise<Snapshot> | undefined

  function knownOf(worker: Worker): Known {
    let found = known.get(worker.id)
    if (found === undefined) {
      const taken = new Set([...known.values()].map(({ slot }) => slot))
      let slot = 1
      while (taken.has(slot)) slot++
      found = {
        worker,
        slot,
        last: undefined,
        isCurrent: false,
        isFinal: false,
        answered: undefined,
        asked: undefined,
      }
      known.set(worker.id, found)
    }
    return found
  }

  const onMessage = (worker: Worker, value: unknown) => {
    const message = messageIn(value)
    if (message?.type === 'scrape') void answer(worker, message.id, message.timeoutMs)
    if (message?.type !== 'collected') return
    const each = knownOf(worker)
    try {
      each.last = unpacked(message.snapshot)
    } catch {
      return
    }
    each.isCurrent = true
    each.isFinal ||= message.isFinal
    each.answered?.()
  }

  /** A worker has ended, or closed its channel: its last word comes before both are true. */
  const onLeft = (worker: Worker) => {
    const each = known.get(worker.id)
    each?.answered?.()
    if (each === undefined || worker.isConnected() || !worker.isDead()) return
    // So that its series have their places before it goes.
    merge()
    for (const metric of each.last?.metrics ?? []) {
      if (isTotal(metric)) ended.add(sums.folded(metric))
    }
    known.delete(worker.id)
  }
  cluster.on('message', onMessage)
  cluster.on('exit', onLeft)
  cluster.on('disconnect', onLeft)

  async function answer(worker: Worker, id: number, timeoutMs: number): Promise<void> {
    const snapshot = await pullAll(timeoutMs).then(packed, () => undefined)
    sendTo(worker, { type: 'scraped', id, snapshot })
  }

  /** Waits for the answer of a worker, or until `late`. Asks it unless it owes one already. */
  async function ask(each: Known, timeoutMs: number, late: Promise<void>): Promise<void> {
    if (each.isFinal) return
    if (each.asked === undefined) {
      each.isCurrent = false
      each.asked = new Promise<void>((resolve) => {
        each.answered = resolve
      }).finally(() => {
        each.asked = undefined
      })
      sendTo(each.worker, { type: 'collect', timeoutMs: timeoutMs * share })
    }
    await Promise.race([each.asked, late])
    if (each.isCurrent || !each.worker.isConnected()) return
    reportOnce('worker late', {
      type: 'metrics.worker_late',
      level: 'warn',
      message: `a worker of the cluster has not answered a scrape in ${timeoutMs} ms; its sums are those of its last answer`,
      fields: { worker: each.worker.id, timeoutMs },
    })
  }

  async function pullNow(timeoutMs: number): Promise<Snapshot> {
    const waitMs = Math.min(workerTimeoutMs, timeoutMs)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs)
    })
    const workers = Object.values(cluster.workers ?? {}).filter(
      (worker): worker is Worker => worker?.isConnected() === true,
    )
    const [collected] = await Promise.all([
      collect(timeoutMs),
      ...workers.map((worker) => ask(knownOf(worker), waitMs, late)),
    ])
    clearTimeout(timer)
    own = snapshotOf(collected)
    return merge()
  }

  /** Scrapes at the same time share one round. */
  function pullAll(timeoutMs: number): Promise<Snapshot> {
    pulling ??= pullNow(timeoutMs).finally(() => {
      pulling = undefined
    })
    return pulling
  }

  function merge(): Snapshot {
    sums.clear()
    for (const metric of ended.metrics()) sums.add(metric)
    const add = (metrics: readonly MetricSnapshot[] = [], name: string, hasGauges: boolean) => {
      for (const metric of metrics) {
        if (!isGauge(metric)) sums.add(metric)
        else if (hasGauges) sums.add(metric, { [label]: name })
      }
    }
    add(own?.metrics, 'primary', true)
    const states = { answered: 0, late: 0 }
    for (const { worker, last, slot, isCurrent, isFinal } of known.values()) {
      const isPresent = worker.isConnected() && !isFinal
      add(last?.metrics, String(slot), isCurrent && isPresent)
      if (isPresent) states[isCurrent ? 'answered' : 'late']++
    }
    sums.add(workersOf(states))
    return { resource: own?.resource ?? {}, metrics: sums.metrics() }
  }

  return {
    pull: async (timeoutMs): Promise<ResourceMetrics> => collectionOf(await pullAll(timeoutMs)),
    leave: async () => {},
    stop() {
      cluster.off('message', onMessage)
      cluster.off('exit', onLeft)
      cluster.off('disconnect', onLeft)
    },
  }
}

const workersOf = (states: Readonly<Record<string, number>>): MetricSnapshot => ({
  scope: { name: scopeName },
  name: 'clew.metrics.cluster.workers',
  description: 'Workers of the cluster, by whether they have answered this scrape in time.',
  unit: '{worker}',
  type: gauge,
  isMonotonic: false,
  points: Object.entries(states).map(([state, value]) => ({ attributes: { state }, value })),
})

/** A worker that cannot be reached any more does not answer, which is what a deadline is for. */
function sendTo(worker: Worker, message: Message): void {
  worker.send(wrapped(message), () => {})
}
