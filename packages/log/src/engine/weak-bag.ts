/**
 * Objects that somebody else keeps alive: found as long as they live, and never removed by hand.
 */
export interface WeakBag<T extends object> extends Iterable<T> {
  add(item: T): void
}

const sweepFrom = 128

export function createWeakBag<T extends object>(): WeakBag<T> {
  const refs = new Set<WeakRef<T>>()
  let sweepAt = sweepFrom

  /** Removes empty references each time there are twice as many: constant work for each item. */
  function sweep(): void {
    for (const ref of refs) if (ref.deref() === undefined) refs.delete(ref)
    sweepAt = Math.max(sweepFrom, 2 * refs.size)
  }

  return {
    add(item) {
      refs.add(new WeakRef(item))
      if (refs.size >= sweepAt) sweep()
    },
    *[Symbol.iterator]() {
      for (const ref of refs) {
        const item = ref.deref()
        if (item !== undefined) yield item
      }
    },
  }
}
