import { processState } from '../process-state.ts'
import type { Destination } from './destination.ts'
import type { StreamEvents } from './stream-destination.ts'
import { createWriter, type Writer } from './writer.ts'

/** A place that lines can be written to. */
export interface Place {
  /** Equal for the same place. */
  readonly key: string | object
  open(events: StreamEvents): Destination
}

/** What a logger has of a writer that others may use too. */
export interface SharedWriter {
  readonly writer: Writer
  /** At this signal its file is opened again. */
  reopenOn(signal: NodeJS.Signals): void
  /** The logger is shut down: without another one, the file is closed until the next line. */
  leave(): void
}

interface Known {
  /** Whoever writes has it: a file that nobody can write to any more is closed. */
  readonly writer: WeakRef<Writer>
  readonly destination: Destination
  readonly signals: Set<string>
  /** Loggers that are not shut down. */
  users: number
}

/** One for each file, pipe, descriptor and stream. */
const writers: {
  readonly byName: Map<string, Known>
  readonly byStream: WeakMap<object, { readonly known: Known; readonly writer: Writer }>
  /** The signals that are listened to: once for all files, and for good. */
  readonly signals: Set<string>
} = processState('writers', () => ({
  byName: new Map(),
  byStream: new WeakMap(),
  signals: new Set(),
}))

const collected = new FinalizationRegistry(([key, known]: readonly [string, Known]) => {
  known.destination.close?.()
  if (writers.byName.get(key) === known) writers.byName.delete(key)
})

/**
 * The writer of a place: one, however many loggers write there. When a line goes out only in part,
 * its rest must come before any other line, whoever's. The largest bound counts; `lossLine` is that
 * of the first.
 */
export function shareWriter(
  place: Place,
  maxBufferBytes: number,
  lossLine: (dropped: number) => string,
): SharedWriter {
  const { writer, known } = find(place.key) ?? make(place, maxBufferBytes, lossLine)
  writer.allow(maxBufferBytes)
  known.users++
  let isUser = true
  return {
    writer,
    reopenOn(signal) {
      known.signals.add(signal)
      listen(signal)
    },
    leave() {
      if (isUser) known.users--
      isUser = false
      if (known.users === 0) writer.close()
    },
  }
}

type Found = { readonly writer: Writer; readonly known: Known }

function find(key: string | object): Found | undefined {
  if (typeof key !== 'string') return writers.byStream.get(key)
  const known = writers.byName.get(key)
  const writer = known?.writer.deref()
  if (known === undefined || writer === undefined) return undefined
  writer.flush()
  // The file may have been moved or removed since.
  known.destination.reopen?.()
  return { writer, known }
}

function make({ key, open }: Place, maxBufferBytes: number, lossLine: (dropped: number) => string) {
  const destination = open({
    resume: () => writer.resume(),
    lost: (lines, reported) => writer.lost(lines, reported),
  })
  const writer: Writer = createWriter(destination, maxBufferBytes, lossLine)
  const known: Known = { writer: new WeakRef(writer), destination, signals: new Set(), users: 0 }
  if (typeof key === 'string') {
    writers.byName.set(key, known)
    collected.register(writer, [key, known])
  } else writers.byStream.set(key, { known, writer })
  return { writer, known }
}

function listen(signal: NodeJS.Signals): void {
  if (writers.signals.has(signal)) return
  writers.signals.add(signal)
  process.on(signal, () => {
    for (const known of writers.byName.values()) {
      if (known.signals.has(signal)) known.writer.deref()?.reopen()
    }
  })
}
