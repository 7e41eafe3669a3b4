/** What a reader gets that has read up to a place. */
export interface Read<T> {
  readonly items: readonly T[]
  /** How many the reader has not had and cannot have: they gave way to others, or were left out. */
  readonly missed: number
}

interface Slot<T> {
  readonly number: number
  readonly item: T
}

/** The last so many. Each takes the place of the oldest. */
class Slots<T> {
  private readonly max: number
  private slots: Slot<T>[] = []
  private pushed = 0

  constructor(max: number) {
    this.max = max
  }

  get length(): number {
    return this.slots.length
  }

  push(slot: Slot<T>): void {
    this.slots[this.pushed % this.max] = slot
    this.pushed++
  }

  from(number: number): readonly Slot<T>[] {
    return this.slots.filter((slot) => slot.number >= number)
  }

  clear(): void {
    this.slots = []
    this.pushed = 0
  }
}

/** The last so many of what is recorded, and of what stays longer than the rest. */
export class Ring<T> {
  private readonly passing: Slots<T>
  private readonly staying: Slots<T>
  /** How many there were so far, with those that were left out. */
  pushed = 0
  /** The number of the first one since it was cleared. */
  private first = 0

  constructor(max: number, maxStaying = 0) {
    this.passing = new Slots(max)
    this.staying = new Slots(maxStaying)
  }

  push(item: T, stays = false): void {
    const slots = stays ? this.staying : this.passing
    slots.push({ number: this.pushed, item })
    this.pushed++
  }

  /** Counts one that is not recorded. */
  leaveOut(): void {
    this.pushed++
  }

  /** How many of them it has not, or no longer. */
  get dropped(): number {
    return this.pushed - this.first - this.passing.length - this.staying.length
  }

  /** Those from number `from` on, oldest first. Without it, all. */
  since(from?: number): Read<T> {
    const start = from ?? this.first
    const items = [...this.passing.from(start), ...this.staying.from(start)]
      .sort((a, b) => a.number - b.number)
      .map(({ item }) => item)
    const unread = from === undefined ? items.length : this.pushed - Math.max(from, this.first)
    return { items, missed: Math.max(0, unread - items.length) }
  }

  clear(): void {
    this.passing.clear()
    this.staying.clear()
    this.first = this.pushed
  }
}
