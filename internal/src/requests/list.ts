/** What can be in one list at a time. */
export interface Listed<T> {
  previous: T | undefined
  next: T | undefined
}

/**
 * The requests in flight on a connection, oldest first. Linked: a set or an array that gets one
 * member and loses it again allocates memory for each request.
 */
export class LinkedList<T extends Listed<T>> {
  first: T | undefined = undefined
  last: T | undefined = undefined

  add(item: T): void {
    item.previous = this.last
    if (this.last === undefined) this.first = item
    else this.last.next = item
    this.last = item
  }

  /** Call it once for each that was added. */
  delete(item: T): void {
    const { previous, next } = item
    if (previous === undefined) this.first = next
    else previous.next = next
    if (next === undefined) this.last = previous
    else next.previous = previous
    item.previous = undefined
    item.next = undefined
  }

  /** All of them, now: what is done with one may remove others. */
  [Symbol.iterator](): Iterator<T> {
    const items: T[] = []
    for (let item = this.first; item !== undefined; item = item.next) items.push(item)
    return items[Symbol.iterator]()
  }
}
