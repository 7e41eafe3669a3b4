import process from 'node:process'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Member, MemberOptions } from './member.ts'
import { type Message, messageIn, packed, unpacked, wrapped } from './messages.ts'
import { collectionOf, snapshotOf } from './snapshot.ts'

/** A worker: asks its primary, and tells it what it has measured itself. */
export function createWorker({ collect, workerTimeoutMs }: MemberOptions): Member {
  const waiting = new Map<number, (collected: ResourceMetrics | undefined) => void>()
  let lastId = 0

  const onMessage = (value: unknown) => {
    const message = messageIn(value)
    if (message?.type === 'collect') void tell(message.timeoutMs, false)
    if (message?.type !== 'scraped') return
    const { id, snapshot } = message
    waiting.get(id)?.(snapshot === undefined ? undefined : collectionOf(unpacked(snapshot)))
  }
  process.on('message', onMessage)

  /** Sends to the primary what this process has measured. Never rejects. */
  async function tell(timeoutMs: number, isFinal: boolean): Promise<void> {
    try {
      const snapshot = packed(snapshotOf(await collect(timeoutMs)))
      await send({ type: 'collected', snapshot, isFinal })
    } catch {
      // The primary does without: it has the last answer.
    }
  }

  return {
    async pull(timeoutMs) {
      const id = ++lastId
      let timer: NodeJS.Timeout | undefined
      // The primary waits for its workers first.
      const waitMs = Math.min(timeoutMs, 2 * workerTimeoutMs)
      try {
        return await new Promise<ResourceMetrics>((resolve, reject) => {
          const fail = () =>
            reject(
              new Error(
                `the primary of the cluster does not answer; it must call metrics.configure with prometheus: { cluster: true } as well`,
              ),
            )
          waiting.set(id, (collected) => (collected ? resolve(collected) : fail()))
          timer = setTimeout(fail, waitMs)
          send({ type: 'scrape', id, timeoutMs: waitMs * 0.9 }).catch(fail)
        })
      } finally {
        clearTimeout(timer)
        waiting.delete(id)
      }
    },
    leave: () => tell(workerTimeoutMs, true),
    stop() {
      process.off('message', onMessage)
    },
  }
}

function send(message: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined || !process.connected) {
      reject(new Error('this process has no channel to the primary'))
      return
    }
    process.send(wrapped(message), undefined, undefined, (error: Error | null) =>
      error ? reject(error) : resolve(),
    )
  })
}
