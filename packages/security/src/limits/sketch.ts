import { hash, randomBytes } from 'node:crypto'

/**
 * About how often keys have failed that there is no room for: never too few, and only by chance
 * too many. Each key has a cell in each of four rows, which keeps the highest count of the keys
 * that share it; the lowest of the four is the estimate (a count-min sketch).
 */
export interface Sketch {
  count(key: string, nowMs: number): number
  /** Remembers a count for one to two windows. */
  remember(key: string, count: number, nowMs: number): void
}

const rows = 4
const maxCells = 2 ** 18

/** @param entries - about how many keys there are; the memory is 128 bytes for each, at most 8 MiB */
export function createSketch(windowMs: number, entries: number): Sketch {
  const cells = Math.min(maxCells, 2 ** Math.ceil(Math.log2(Math.max(256, entries * 4))))
  // Nobody can choose keys that share their cells.
  const seed = randomBytes(16).toString('base64')
  let current = new Uint32Array(rows * cells)
  let previous = new Uint32Array(rows * cells)
  let window = 0

  function turn(nowMs: number): void {
    const now = Math.floor(nowMs / windowMs)
    if (now === window) return
    if (now === window + 1) [previous, current] = [current, previous]
    else previous.fill(0)
    current.fill(0)
    window = now
  }

  // One for all calls, which are synchronous.
  const found = new Uint32Array(rows)

  function cellsOf(key: string): Uint32Array {
    const digest = hash('sha256', seed + key, 'buffer')
    for (let row = 0; row < rows; row++) {
      found[row] = row * cells + (digest.readUInt32LE(row * 4) & (cells - 1))
    }
    return found
  }

  return {
    count(key, nowMs) {
      turn(nowMs)
      let lowest = Number.POSITIVE_INFINITY
      for (const cell of cellsOf(key)) {
        lowest = Math.min(lowest, Math.max(current[cell] ?? 0, previous[cell] ?? 0))
      }
      return lowest
    },
    remember(key, count, nowMs) {
      turn(nowMs)
      for (const cell of cellsOf(key)) current[cell] = Math.max(current[cell] ?? 0, count)
    },
  }
}
