// What the primary of a cluster and its workers tell each other; they may have different copies of
// this package. Within v1 fields are added, never changed.

const key = '@clew/server/v1'

/** From a worker: it listens. */
export interface ReadyMessage {
  readonly [key]: 'ready'
}

/** To a worker: it is to stop. */
export interface StopMessage {
  readonly [key]: 'stop'
  readonly reason: string
  /** Somebody waits at a terminal. */
  readonly isHasty: boolean
  /** Another worker has taken its place: nobody has to learn that it stops. */
  readonly isReplaced: boolean
  /** The most that it may take. */
  readonly timeoutMs: number
}

export const readyMessage: ReadyMessage = { [key]: 'ready' }

export function stopMessage(order: Omit<StopMessage, typeof key>): StopMessage {
  return { [key]: 'stop', ...order }
}

export const isReady = (message: unknown): message is ReadyMessage => kindOf(message) === 'ready'
export const isStop = (message: unknown): message is StopMessage => kindOf(message) === 'stop'

const kindOf = (message: unknown) => (message as { [key]?: unknown } | null | undefined)?.[key]
