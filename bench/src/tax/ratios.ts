import type { Row } from './measurement.ts'

/** What the whole costs, in units of what it is compared with. */
export interface Tax {
  readonly name: string
  readonly unit: string
  readonly best: number
  readonly median: number
}

const ours = ['clew: all, a line per request', 'clew: all, held back']
const usual = 'usual: all, a line per request'

/** The tax of each of our whole stacks; none in a group without them. */
export function taxesOf(rows: readonly Row[]): readonly Tax[] {
  const of = (name: string) => rows.find((row) => row.name === name)
  const [bare, peer] = [of('bare'), of(usual)]
  if (bare === undefined) return []
  return ours.flatMap((name) => {
    const row = of(name)
    if (row === undefined) return []
    const ratio = (kind: 'best' | 'median') => {
      const added = (each: Row) => each.userMicros[kind] - bare.userMicros[kind]
      return added(row) / (peer === undefined ? bare.userMicros[kind] : added(peer))
    }
    const unit = peer === undefined ? 'the bare request' : "the usual stack's"
    return [{ name, unit, best: ratio('best'), median: ratio('median') }]
  })
}
