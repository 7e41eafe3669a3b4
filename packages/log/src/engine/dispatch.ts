import { lines } from '../formats/watched-line.ts'
import type { Entry } from '../line/entry.ts'
import type { Sink, SinkWriter } from '../writer/sink.ts'

/** Hands lines to the sinks of a logger, and counts what is lost on the way. */
export class Dispatch {
  /** Lines that could not be encoded, or were dropped from a scope that was released. */
  lost = 0
  private sinks: readonly Sink[] = []
  private show: ((entry: Entry) => void) | undefined
  /** Those of earlier sinks too. Several sinks can have one. */
  private readonly writers = new Set<SinkWriter>()

  /** @param show - shows a line to those who look on */
  use(sinks: readonly Sink[], show: (entry: Entry) => void): void {
    const before = this.sinks
    this.sinks = sinks
    this.show = show
    for (const { writer } of sinks) this.writers.add(writer)
    for (const sink of before) sink.close?.()
  }

  emit(entry: Entry): void {
    for (const sink of this.sinks) {
      if (entry.severity < sink.severity) continue
      try {
        sink.write(entry)
      } catch {
        this.lost++
      }
    }
    if (lines.tell !== undefined) this.show?.(entry)
  }

  /** Whether some of its lines need the event loop to be written. */
  get needsLoop(): boolean {
    return this.sinks.some(({ writer }) => writer.needsLoop === true)
  }

  flush(): void {
    for (const { writer } of this.sinks) writer.flush()
  }

  async end(deadline: number): Promise<void> {
    await Promise.all(
      this.sinks.map(async (sink) => {
        await sink.writer.end(deadline)
        sink.close?.()
      }),
    )
  }

  /** How many lines are lost so far. */
  dropped(): number {
    let lines = this.lost
    for (const writer of this.writers) lines += writer.dropped
    return lines
  }
}
