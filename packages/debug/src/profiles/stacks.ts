/** A function of the program, mapped back to its source if there is a source map. */
export interface Place {
  readonly name: string
  /** A path, a `node:` module, or `(native)`. */
  readonly file: string
  /** Where the function begins; 0 if unknown. */
  readonly line: number
}

export interface Frame {
  readonly place: Place
  /** The line that ran. */
  readonly line: number
}

/** What was measured for one stack. */
export interface Stack {
  /** The leaf comes first. */
  readonly frames: readonly Frame[]
  readonly samples: number
  /** Nanoseconds or bytes. */
  readonly amount: number
}

/** What one function took: by itself, and with what it called. */
export interface Share {
  readonly place: Place
  readonly self: number
  readonly total: number
}

/** The functions that took the most by themselves, the largest first. */
export function shares(stacks: readonly Stack[]): Share[] {
  const byPlace = new Map<Place, { place: Place; self: number; total: number }>()
  const shareOf = (place: Place) => {
    const share = byPlace.get(place) ?? { place, self: 0, total: 0 }
    byPlace.set(place, share)
    return share
  }
  for (const { frames, amount } of stacks) {
    const [leaf] = frames
    if (leaf) shareOf(leaf.place).self += amount
    // A recursive function counts once for each stack.
    const places = new Set(frames.map((frame) => frame.place))
    for (const place of places) shareOf(place).total += amount
  }
  return [...byPlace.values()].sort((a, b) => b.self - a.self || b.total - a.total)
}
