import { reasonOf } from '@clew/internal/errors/reason'
import type { Entry } from '../line/entry.ts'
import { clearTimeout, setTimeout } from '../timers.ts'
import { complain } from '../writer/complaint.ts'
import { type Pending, pending } from '../writer/pending.ts'
import type { SinkWriter } from '../writer/sink.ts'
import { isExporting, registeredProvider } from './api.ts'
import type { OtelLogger, OtelLoggerProvider } from './destination.ts'
import type { OtelRecord } from './record.ts'

interface OtelWriter extends SinkWriter, Pending {
  write(entry: Entry): void
}

interface Settings {
  readonly provider: OtelLoggerProvider | undefined
  readonly scope: string
  readonly maxBufferBytes: number
  readonly recordOf: (entry: Entry) => OtelRecord
  readonly lossEntry: (dropped: number) => Entry
}

// An SDK may start some time after the first lines.
const patienceMs = 5000

/**
 * Hands records to the provider. While none is registered they wait, bounded; the oldest are
 * dropped first, and counted. That nobody takes them is reported once on stderr, and what was
 * dropped in a record of its own.
 */
export function createOtelWriter(settings: Settings): OtelWriter {
  const { maxBufferBytes, recordOf, lossEntry, scope } = settings
  let waiting: { readonly record: OtelRecord; readonly bytes: number }[] = []
  let head = 0
  let bytes = 0
  let dropped = 0
  let unreported = 0
  let complained = false
  let failing = false
  let emitting = false
  let timer: NodeJS.Timeout | undefined
  let known: { readonly provider: OtelLoggerProvider; readonly logger: OtelLogger } | undefined

  /** Looked up each time, since an SDK can be registered, shut down and registered again. */
  function find(): OtelLogger | string {
    const provider = settings.provider ?? registeredProvider()
    if (provider === 'none') return 'no OpenTelemetry logs provider is registered'
    if (provider === 'another version') {
      return 'the OpenTelemetry logs provider is registered with another version of its API'
    }
    if (known?.provider !== provider) known = { provider, logger: provider.getLogger(scope) }
    return known.logger
  }

  function emit(logger: OtelLogger, record: OtelRecord, lines = 1): void {
    emitting = true
    try {
      logger.emit(record as never)
      failing = false
    } catch (error) {
      dropped += lines
      unreported += lines
      if (!failing) complain(`OpenTelemetry refuses records: ${reasonOf(error)}`)
      failing = true
    } finally {
      emitting = false
    }
  }

  function wait(record: OtelRecord, why: string): void {
    const item = { record, bytes: sizeOf(record) }
    waiting.push(item)
    bytes += item.bytes
    while (bytes > maxBufferBytes && head < waiting.length) {
      bytes -= waiting[head]?.bytes ?? 0
      waiting[head++] = undefined as never
      dropped++
      unreported++
    }
    if (head > 1024 && head * 2 > waiting.length) {
      waiting = waiting.slice(head)
      head = 0
    }
    pending.add(writer)
    if (unreported > 0) complainOnce(why)
    else if (timer === undefined && !complained) {
      timer = setTimeout(() => {
        timer = undefined
        const logger = lookup()
        if (typeof logger === 'string') complainOnce(logger)
        else handOver(logger)
      }, patienceMs)
      timer.unref()
    }
  }

  function lookup(): OtelLogger | string {
    try {
      return find()
    } catch (error) {
      return `the OpenTelemetry logs provider gives no logger: ${reasonOf(error)}`
    }
  }

  function handOver(logger: OtelLogger): void {
    clearTimeout(timer)
    timer = undefined
    complained = false
    if (unreported > 0) {
      const lost = unreported
      unreported = 0
      emit(logger, recordOf(lossEntry(lost)), 0)
      if (failing) unreported += lost
    }
    if (waiting.length > 0) {
      const items = waiting.slice(head)
      waiting = []
      head = 0
      bytes = 0
      for (const { record } of items) emit(logger, record)
    }
    pending.delete(writer)
  }

  function flush(): void {
    if (waiting.length === 0 || emitting) return
    const logger = lookup()
    if (typeof logger !== 'string') handOver(logger)
  }

  function complainOnce(why: string): void {
    if (complained) return
    complained = true
    complain(`${why}: lines wait for it, ${maxBufferBytes} bytes of them at most`)
  }

  const writer: OtelWriter = {
    needsLoop: true,
    write(entry) {
      // What an exporter or the SDK logs would be exported again, without end.
      if (emitting || isExporting()) {
        dropped++
        return
      }
      const record = recordOf(entry)
      const logger = lookup()
      if (typeof logger === 'string') wait(record, logger)
      else {
        if (waiting.length > 0 || unreported > 0) handOver(logger)
        emit(logger, record)
      }
    },
    flush,
    async end(deadline) {
      flush()
      const provider = settings.provider ?? known?.provider
      if (provider?.forceFlush === undefined) return
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, Math.max(0, deadline - Date.now()))
      })
      // An exporter that fails reports that itself.
      await Promise.race([provider.forceFlush().catch(() => {}), late]).catch(() => {})
      clearTimeout(timer)
    },
    drain() {
      flush()
      const left = waiting.length - head
      if (left === 0) return
      waiting = []
      head = 0
      bytes = 0
      dropped += left
      pending.delete(writer)
      const why = lookup()
      complain(`${typeof why === 'string' ? why : 'OpenTelemetry'}: ${left} lines are lost`)
    },
    get dropped() {
      return dropped
    },
  }
  return writer
}

function sizeOf({ body, attributes }: OtelRecord): number {
  return 256 + 2 * body.length + 2 * JSON.stringify(attributes).length
}
