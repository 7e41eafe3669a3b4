import type { Bench } from './bench.ts'

/** One way to use the packages, which the table of docs/compatibility.md lists. */
export interface Cell {
  /** What it is a variant of: 'Bundlers'. */
  readonly kind: string
  readonly name: string
  /** The version of the tool. */
  readonly version: string
  /** What the reader of the table has to know. */
  readonly note?: string
  /** The packages that the row shows, in a column of each; undefined: all, or what the name says. */
  readonly packages?: readonly string[]
  /** Run on each version of Node, and not on the oldest one only. */
  readonly eachNode?: true
  /** Whether this machine has what it needs. */
  readonly possible?: boolean
  /** Rejects if it does not work. */
  run(bench: Bench): Promise<unknown>
}
