/** What a reader gets that has read up to a place. */
export interface Read<T> {
  readonly items: readonly T[]
  /** How many were dropped that the reader has not had. */
  readonly missed: number
}

/** The last so many. Each takes the place of the oldest. */
export class Ring<T> {
  private readonly max: number
  private slots: T[] = []
  /** How many there were so far. */
  pushed = 0
  /** The number of the first one since it was cleared. */
  private first = 0

  constructor(max: number) {
    this.max = max
  }

  push(item: T): void {
    this.slots[this.pushed % this.max] = item
    this.pushed++
  }

  /** How many gave way to others. */
  get dropped(): number {
    return this.oldest - this.first
  }

  private get oldest(): number {
    return Math.max(this.first, this.pushed - this.max)
  }

  /** Those from number `from` on, oldest first. Without it, all. */
  since(from?: number): Read<T> {
    const start = Math.max(this.oldest, Math.min(from ?? 0, this.pushed))
    const items: T[] = []
    for (let i = start; i < this.pushed; i++) items.push(this.slots[i % this.max] as T)
    const missed = from === undefined ? 0 : Math.max(0, this.oldest - Math.max(from, this.first))
    return { items, missed }
  }

  clear(): void {
    this.slots = []
    this.first = this.pushed
  }
}
