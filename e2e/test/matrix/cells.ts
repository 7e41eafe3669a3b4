import { alone } from './alone.ts'
import type { Bench } from './bench.ts'
import { bundlers } from './bundlers.ts'
import type { Cell } from './cell.ts'
import { copies } from './copies.ts'
import { frameworks } from './frameworks.ts'
import { installers } from './installers.ts'
import { programs } from './programs.ts'
import { runners } from './runners.ts'
import { telemetry } from './telemetry.ts'
import { types } from './types.ts'

/** All rows of the table. */
export const cells: readonly Cell[] = [
  ...frameworks,
  ...programs,
  ...types,
  ...runners,
  ...bundlers,
  ...installers,
  ...alone,
  ...telemetry,
  ...copies,
]

export const kinds: readonly string[] = [...new Set(cells.map(({ kind }) => kind))]

const wanted = process.env['CLEW_MATRIX'] ?? ''
const isOldest = process.versions.node.startsWith('20.')

/**
 * Whether a cell is run here: every version of Node runs what depends on it, the oldest one the
 * rest. CLEW_MATRIX=all runs everything here; any other text, the cells that have it in their names.
 */
export function isRun({ kind, name, eachNode, possible }: Cell): boolean {
  if (possible === false) return false
  if (wanted === 'all') return true
  if (wanted !== '') return `${kind} ${name}`.toLowerCase().includes(wanted.toLowerCase())
  return eachNode === true || isOldest
}

/** Runs the cells two at a time: while one waits, another one computes. */
export function startCells(bench: Bench): ReadonlyMap<Cell, Promise<unknown>> {
  const results = new Map<Cell, Promise<unknown>>()
  const tasks: (() => Promise<unknown>)[] = []
  for (const cell of cells.filter(isRun)) {
    const result = new Promise((resolve) => {
      tasks.push(() => {
        const run = cell.run(bench)
        resolve(run)
        return run.catch(() => {})
      })
    })
    // Its test reports it, perhaps later than Node would call it unhandled.
    result.catch(() => {})
    results.set(cell, result)
  }
  const work = async () => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) await task()
  }
  void work()
  void work()
  return results
}
