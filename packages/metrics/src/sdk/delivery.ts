import {
  attemptExport,
  isRefusal,
  maxDivisions,
  retryPauseMs,
} from '@clew/internal/telemetry/export-attempt'
import type { PartialSuccess } from '@clew/internal/telemetry/otlp-answers'
import { quietly } from '@clew/internal/telemetry/suppression'
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { halvesOf, hasDeltas, pointsIn } from './parts.ts'

export interface DeliveryOptions {
  readonly exporter: PushMetricExporter
  readonly exportTimeoutMs: number
  /** Most collections that wait to be sent again. */
  readonly maxPendingExports: number
  /** Called after each export, with the error or undefined, and what was accepted. */
  readonly onExported?: ((error: unknown, points: number) => void) | undefined
  /** Called when data points will not arrive, and why. */
  readonly onLost?: ((points: number, reason: string) => void) | undefined
  readonly onPartialSuccess?: ((partial: PartialSuccess) => void) | undefined
}

/** Sends collections to one exporter. */
export interface Delivery {
  /** Sends what waits, and then this one. Resolves once it is sent, kept or given up. */
  send(collected: ResourceMetrics): Promise<void>
  /** Gives up what waits. */
  close(): void
}

/**
 * Keeps a collection that could not be sent, and sends it again: deltas are lost otherwise. Of
 * totals, only the newest is kept. One that is too large is divided, and of one that the receiver
 * cannot read, only the data points that are the reason are given up.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { exporter, exportTimeoutMs, maxPendingExports } = options
  const { onExported, onLost, onPartialSuccess } = options
  const pending: ResourceMetrics[] = []
  let failures = 0
  let sending: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  function keep(collected: ResourceMetrics): void {
    if (!hasDeltas(collected)) pending.length = 0
    pending.push(collected)
    if (pending.length > maxPendingExports + 1) {
      onLost?.(pointsIn(pending.shift()), `${maxPendingExports} exports wait (maxPendingExports)`)
    }
  }

  async function drain(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    let divisions = 0
    while (!isClosed) {
      const [first] = pending
      if (first === undefined) return
      const answer = await attemptExport(
        (done) => quietly(() => exporter.export(first, done)),
        exportTimeoutMs,
      )
      if (isClosed) return
      const points = pointsIn(first)
      const { error, fault, partial } = answer
      onExported?.(error, fault === undefined ? points - (partial?.rejected ?? 0) : 0)
      if (fault === undefined) {
        failures = 0
        pending.shift()
        if (partial) onPartialSuccess?.(partial)
        continue
      }
      const { kind, retryAfterMs } = fault
      if (kind === 'transient') return retryLater(retryAfterMs)
      if (kind === 'divisible' && divisions < maxDivisions && points > 1) {
        if (isRefusal(answer)) divisions++
        pending.splice(0, 1, ...halvesOf(first))
        continue
      }
      pending.shift()
      onLost?.(points, 'the exporter or the receiver refuses them')
      // The others are refused as well: they are tried again with the next collection.
      if (kind === 'permanent') return
    }
  }

  function retryLater(retryAfterMs: number | undefined): void {
    timer = setTimeout(() => void begin(), retryPauseMs(failures++, retryAfterMs)).unref()
  }

  function begin(): Promise<void> {
    sending ??= drain().finally(() => {
      sending = undefined
    })
    return sending
  }

  return {
    async send(collected) {
      // Of an export that is on its way, `pending` holds the first place.
      await sending
      keep(collected)
      await begin()
    },
    close() {
      isClosed = true
      clearTimeout(timer)
      const points = pending.splice(0).reduce((sum, each) => sum + pointsIn(each), 0)
      if (points > 0) onLost?.(points, 'they could not be sent before the shutdown')
    },
  }
}
