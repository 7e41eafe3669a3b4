import { state } from '../state.ts'
import type { Destination } from './destination.ts'
import type { StreamEvents } from './stream-destination.ts'
import { createWriter, type Writer } from './writer.ts'

/** What lines are written to. */
export interface Place {
  /** Equal for what is the same place. */
  readonly key: string | object
  open(events: StreamEvents): Destination
}

export interface SharedWriter {
  readonly writer: Writer
  readonly destination: Destination
  /** At which its file is opened again. */
  readonly signals: Set<string>
}

/**
 * The writer of a place: one, however many loggers write there. When a line goes out only in part, its rest must come before any other
 * line, whoever's. The largest bound counts; `lossLine` is that of the first.
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
    lost: (lines, said) => writer.lost(lines, said),
  })
  const writer = createWriter(destination, maxBufferBytes, lossLine)
  const shared = { writer, destination, signals: new Set<string>() }
  if (typeof place.key === 'string') state.writers.set(place.key, shared)
  else state.streamWriters.set(place.key, shared)
  return shared
}

const find = (key: string | object) =>
  typeof key === 'string' ? state.writers.get(key) : state.streamWriters.get(key)
