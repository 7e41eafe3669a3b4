/** Measures a shutdown and its phases, in whole milliseconds. */
export class Clock {
  readonly totalMs: number
  private readonly startedAt: number = performance.now()
  private phaseStartedAt: number = this.startedAt

  constructor(totalMs: number) {
    this.totalMs = totalMs
  }

  elapsedMs(): number {
    return Math.round(performance.now() - this.startedAt)
  }

  leftMs(): number {
    return this.totalMs - this.elapsedMs()
  }

  /** How long the current phase has taken. */
  phaseMs(): number {
    return Math.round(performance.now() - this.phaseStartedAt)
  }

  /** Ends the current phase, and returns how long it took. */
  endPhase(): number {
    const ms = this.phaseMs()
    this.phaseStartedAt = performance.now()
    return ms
  }
}
