// What the analysis of a snapshot answers. The program that asks knows the same types.

/** One step from the root towards an object. */
export interface Step {
  /** What is reached: a class, or a kind such as `(array)`. */
  readonly class: string
  /** The variable that holds it, of a module or a function. */
  readonly variable?: string
  /** The file with this variable. */
  readonly file?: string
  /** The property that holds it; `…` if it may be data. */
  readonly property?: string
}

/** An object that keeps much alive. */
export interface Holder {
  readonly class: string
  /** What would be freed with it. */
  readonly retainedBytes: number
  /** What it holds, the most frequent first. */
  readonly holds: readonly { readonly class: string; readonly count: number }[]
  /** Why it is alive, the outermost first; the last step is the object itself. */
  readonly path: readonly Step[]
}

/** All objects of a class. */
export interface ClassRow {
  readonly class: string
  readonly count: number
  /** Of the objects themselves. */
  readonly ownBytes: number
  /** What would be freed with all of them. */
  readonly retainedBytes: number
}

export interface RetainersReport {
  readonly totalBytes: number
  readonly objects: number
  /** The largest first. */
  readonly holders: readonly Holder[]
  readonly classes: readonly ClassRow[]
}
