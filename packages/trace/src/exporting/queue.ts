import type { Check } from '../errors.ts'

/** Bounds of the queue in front of the exporter. */
export interface QueueOptions {
  /**
   * Most spans that wait (integer >= 1). Further ones are dropped, counted and reported.
   * `OTEL_BSP_MAX_QUEUE_SIZE` wins. @defaultValue 2048
   */
  readonly maxQueueSize?: number | undefined
  /**
   * Most spans in one export (integer >= 1). `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` wins.
   * @defaultValue 512
   */
  readonly maxBatchSize?: number | undefined
  /**
   * Longest wait before an export, in milliseconds (integer >= 0). `OTEL_BSP_SCHEDULE_DELAY` wins.
   * @defaultValue 5000
   */
  readonly delayMs?: number | undefined
  /**
   * Longest duration of one export, in milliseconds (integer >= 1); after that it has failed.
   * `OTEL_BSP_EXPORT_TIMEOUT` wins. @defaultValue 30_000
   */
  readonly exportTimeoutMs?: number | undefined
}

/** The bounds with their defaults filled in. */
export interface Queue {
  readonly maxQueueSize: number
  readonly maxBatchSize: number
  readonly delayMs: number
  readonly exportTimeoutMs: number
}

const queueOptionNames = ['maxQueueSize', 'maxBatchSize', 'delayMs', 'exportTimeoutMs'] as const

/** Checks the option `queue` of `configure`. */
export function queueOption(check: Check, queue: QueueOptions | undefined): Queue {
  const {
    maxQueueSize = 2048,
    maxBatchSize = 512,
    delayMs = 5000,
    exportTimeoutMs = 30_000,
  } = check.options('queue', queue, queueOptionNames)
  return {
    maxQueueSize: check.integer('queue.maxQueueSize', maxQueueSize, { min: 1 }),
    maxBatchSize: check.integer('queue.maxBatchSize', maxBatchSize, { min: 1 }),
    delayMs: check.milliseconds('queue.delayMs', delayMs),
    exportTimeoutMs: check.milliseconds('queue.exportTimeoutMs', exportTimeoutMs, 1),
  }
}

/** The bounds, where `overrides` has none of its own. */
export function queueWith(queue: Queue, overrides: QueueOptions): Queue {
  const {
    maxQueueSize = queue.maxQueueSize,
    maxBatchSize = queue.maxBatchSize,
    delayMs = queue.delayMs,
    exportTimeoutMs = queue.exportTimeoutMs,
  } = overrides
  return { maxQueueSize, maxBatchSize, delayMs, exportTimeoutMs }
}
