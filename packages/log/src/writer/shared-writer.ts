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

export interface SharedWriter {
  readonly writer: Writer
  readonly destination: Destination
  /** The signals at which its file is opened again. */
  readonly signals: Set<string>
}

/** One for each file, pipe, descriptor and stream. */
const writers: {
  readonly byName: Map<string, SharedWriter>
  readonly byStream: WeakMap<object, SharedWriter>
} = processState('writers', () => ({ byName: new Map(), byStream: new WeakMap() }))

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
  const known = find(place.key)
  if (known !== undefined) {
    known.writer.flush()
    // The file may have been moved or removed since.
    known.destination.reopen?.()
    known.writer.allow(maxBufferBytes)
    return known
  }
  const destination = place.open({
    resume: () => writer.resume(),
    lost: (lines, reported) => writer.lost(lines, reported),
  })
  const writer = createWriter(destination, maxBufferBytes, lossLine)
  const shared = { writer, destination, signals: new Set<string>() }
  if (typeof place.key === 'string') writers.byName.set(place.key, shared)
  else writers.byStream.set(place.key, shared)
  return shared
}

const find = (key: string | object) =>
  typeof key === 'string' ? writers.byName.get(key) : writers.byStream.get(key)
