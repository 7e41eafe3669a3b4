import { type EndedSpan, endedSpan, type SdkSpan } from './spans.ts'

/** The spans of some traces. Of more than so many traces or spans, the oldest traces are forgotten. */
class Spans {
  private readonly maxTraces: number
  private readonly maxSpans: number
  private readonly byTrace = new Map<string, SdkSpan[]>()
  private count = 0

  constructor(maxTraces: number, maxSpans: number) {
    this.maxTraces = maxTraces
    this.maxSpans = maxSpans
  }

  get isEmpty(): boolean {
    return this.byTrace.size === 0
  }

  of(traceId: string): readonly SdkSpan[] | undefined {
    return this.byTrace.get(traceId)
  }

  add(traceId: string, span: SdkSpan): void {
    const known = this.byTrace.get(traceId)
    if (known === undefined) this.byTrace.set(traceId, [span])
    else known.push(span)
    this.count++
    this.forget()
  }

  addTrace(traceId: string): void {
    if (!this.byTrace.has(traceId)) this.byTrace.set(traceId, [])
    this.forget()
  }

  delete(traceId: string): void {
    this.count -= this.byTrace.get(traceId)?.length ?? 0
    this.byTrace.delete(traceId)
  }

  private forget(): void {
    while (this.count > this.maxSpans || this.byTrace.size > this.maxTraces) {
      const [oldest] = this.byTrace.keys()
      if (oldest === undefined) return
      this.delete(oldest)
    }
  }

  clear(): void {
    this.byTrace.clear()
    this.count = 0
  }
}

/**
 * The spans that have ended, as long as it is not known whether their request is recorded, and
 * longer if it is. What is shown of a span is made when somebody asks for it: few are looked at.
 */
export class Traces {
  /** Not in a map yet: mostly it is the request's own, whose end is what is told next. */
  private latest: SdkSpan | undefined
  private readonly undecided: Spans
  private readonly kept: Spans

  constructor(maxTraces: number, maxSpans: number) {
    this.undecided = new Spans(maxSpans, maxSpans)
    this.kept = new Spans(maxTraces, maxSpans)
  }

  add(span: SdkSpan): void {
    this.putAwayLatest()
    this.latest = span
  }

  private putAwayLatest(): void {
    const { latest } = this
    if (latest === undefined) return
    this.latest = undefined
    const { traceId } = latest.spanContext()
    if (this.kept.of(traceId) === undefined) this.undecided.add(traceId, latest)
    else this.kept.add(traceId, latest)
  }

  /** Whether there is anything that could be forgotten. */
  get hasUndecided(): boolean {
    return this.latest !== undefined || !this.undecided.isEmpty
  }

  /** Its request is recorded: what there is of it, and what follows. */
  keep(traceId: string): void {
    this.putAwayLatest()
    const spans = this.undecided.of(traceId) ?? []
    this.undecided.delete(traceId)
    this.kept.addTrace(traceId)
    for (const span of spans) this.kept.add(traceId, span)
  }

  /** Its request is not recorded. */
  forget(traceId: string): void {
    if (this.latest?.spanContext().traceId === traceId) this.latest = undefined
    if (!this.undecided.isEmpty) this.undecided.delete(traceId)
  }

  /** Of one trace, in the order in which they began. */
  of(traceId: string): readonly EndedSpan[] {
    this.putAwayLatest()
    const kept = this.kept.of(traceId) ?? []
    const undecided = this.undecided.of(traceId) ?? []
    return [...kept, ...undecided].map(endedSpan).sort((a, b) => a.startedAtMs - b.startedAtMs)
  }

  clear(): void {
    this.latest = undefined
    this.undecided.clear()
    this.kept.clear()
  }
}
