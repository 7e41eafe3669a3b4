/** What a reader gets that has read up to a place. */
export interface Read<T> {
  readonly items: readonly T[]
  /** How many the reader has not had and cannot have: they gave way to others, or were left out. */
  readonly missed: number
}

/** The last so many of what is recorded. Each takes the place of the oldest. */
export class Ring<T> {
  private readonly max: number
  private slots: { readonly number: number; readonly item: T }[] = []
  /** How many were recorded so far. */
  private recorded = 0
  /** How many there were so far, with those that were left out. */
  pushed = 0
  /** The number of the first one since it was cleared. */
  private first = 0

  constructor(max: number) {
    this.max = max
  }

  push(item: T): void {
    this.slots[this.recorded % this.max] = { number: this.pushed, item }
    this.recorded++
    this.pushed++
  }

  /** Counts one that is not recorded. */
  leaveOut(): void {
    this.pushed++
  }

  /** How many of them it has not, or no longer. */
  get dropped(): number {
    return this.pushed - this.first - this.slots.length
  }

  /** Those from number `from` on, oldest first. Without it, all. */
  since(from?: number): Read<T> {
    const items: T[] = []
    for (let i = this.recorded - this.slots.length; i < this.recorded; i++) {
      const slot = this.slots[i % this.max]
      if (slot !== undefined && slot.number >= (from ?? 0)) items.push(slot.item)
    }
    const unread = from === undefined ? items.length : this.pushed - Math.max(from, this.first)
    return { items, missed: Math.max(0, unread - items.length) }
  }

  clear(): void {
    this.slots = []
    this.recorded = 0
    this.first = this.pushed
  }
}
