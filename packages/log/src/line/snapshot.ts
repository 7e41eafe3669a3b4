import type { Plain } from '../values/plain-value.ts'

/** A value made plain when its line was held, so that later changes to it do not show. */
export class Snapshot {
  readonly #tree: Plain

  constructor(tree: Plain) {
    this.#tree = tree
  }

  // Triggers no trap of a proxy.
  static treeOf(value: object): Plain | undefined {
    return #tree in value ? value.#tree : undefined
  }
}
