/** A function of the program, as people know it: mapped back to the source where a source map says so. */
export interface Place {
  readonly name: string
  /** A path, a `node:` module, or `(native)`. */
  readonly file: string
  /** Where the function begins; 0 where that is not known. */
  readonly line: number
}

export interface Frame {
  readonly place: Place
  /** The line that ran. */
  readonly line: number
}

/** What was measured with one stack. */
export interface Stack {
  /** The leaf first. */
  readonly frames: readonly Frame[]
  readonly samples: number
  /** Nanoseconds or bytes. */
  readonly amount: number
}

/** What one function took: alone, and with what it called. */
export interface Share {
  readonly place: Place
  readonly self: number
  readonly total: number
}

/** The functions that took the most by themselves, the largest first. */
export function shares(stacks: readonly Stack[]): Share[] {
  const all = new Map<Place, { place: Place; self: number; total: number }>()
  const of = (place: Place) => {
    const share = all.get(place) ?? { place, self: 0, total: 0 }
    all.set(place, share)
    return share
  }
  for (const { frames, amount } of stacks) {
    const [leaf] = frames
    if (leaf) of(leaf.place).self += amount
    // A recursive function is counted once for each stack.
    for (const place of new Set(frames.map((frame) => frame.place))) of(place).total += amount
  }
  return [...all.values()].sort((a, b) => b.self - a.self || b.total - a.total)
}
