/**
 * Keeps an order. The first entries of a `Map` become slow to find when many were deleted before
 * them.
 */
export class LinkedList<T> {
  private readonly end: Node<T>

  constructor() {
    const end = { value: undefined as T } as Node<T>
    end.before = end
    end.after = end
    this.end = end
  }

  get first(): T | undefined {
    return this.end.after.value
  }

  /** Adds a value at the end. The result removes it. */
  add(value: T): Node<T> {
    const { end } = this
    const node = { value, before: end.before, after: end }
    end.before.after = node
    end.before = node
    return node
  }
}

export interface Node<T> {
  readonly value: T
  before: Node<T>
  after: Node<T>
}

export function unlink<T>({ before, after }: Node<T>): void {
  before.after = after
  after.before = before
}
