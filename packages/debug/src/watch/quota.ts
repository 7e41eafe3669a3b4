/**
 * How much of one second is recorded: what nobody can read is only work. What matters more has a
 * higher limit, so that it is still recorded when the rest no longer is.
 */
export class Quota {
  private taken = 0

  /** Whether less than this has been recorded in this second. Then it counts as recorded. */
  take(limit: number): boolean {
    if (this.taken >= limit) return false
    this.taken++
    return true
  }

  /** Call it once a second. */
  tick(): void {
    this.taken = 0
  }
}
