import type { AggregationOption, ViewOptions } from '@opentelemetry/sdk-metrics'
import type { Labels } from './attributes.ts'
import { badOption, mistake, shown } from './errors.ts'
import { checkBoundaries } from './histogram.ts'
import { OVERFLOW } from './overflow.ts'

/** How metrics are kept that somebody else has defined. */
export interface View {
  /** The instrument it is about: its name, in which one `*` stands for any characters. */
  readonly instrument: string
  /** Another name for the metric. `instrument` must then be without `*`. @defaultValue the instrument's */
  readonly name?: string
  /** Another description. @defaultValue the instrument's */
  readonly description?: string
  /** Whether the metric is not kept at all. @defaultValue false */
  readonly drop?: boolean
  /**
   * Upper bounds of the buckets (ascending, at most 200), or `'exponential'` for base-2 exponential ones. Makes this a view of histograms
   * only. @defaultValue the instrument's
   */
  readonly boundaries?: readonly number[] | 'exponential'
  /** The attributes that are kept. @defaultValue all */
  readonly keepAttributes?: readonly string[]
  /** The attributes that are left out. @defaultValue none */
  readonly dropAttributes?: readonly string[]
}

export interface CheckedView extends View {
  readonly matches: (instrument: string) => boolean
  readonly filter: ((labels: Labels | undefined) => Labels) | undefined
}

const KEYS: ReadonlySet<string> = new Set([
  'instrument',
  'name',
  'description',
  'drop',
  'boundaries',
  'keepAttributes',
  'dropAttributes',
] satisfies (keyof View)[])

const PATTERN = /^[A-Za-z*][A-Za-z0-9_./*-]{0,254}$/
const NAME = /^[A-Za-z][A-Za-z0-9_./-]{0,254}$/

export function checkedViews(views: unknown): readonly CheckedView[] {
  if (!Array.isArray(views)) throw badOption('views', 'an array', views)
  const all = views.map((view: View, i) => checked(view, `views[${i}]`))
  for (const [i, view] of all.entries()) {
    const other = all.findIndex((each, j) => j < i && clash(each, view))
    if (other >= 0) {
      throw mistake(
        'ERR_METRICS_OPTION',
        `views[${i}] and views[${other}] make one metric of one instrument, which would count it twice; give one of them another name, or make them one view`,
      )
    }
  }
  return all
}

/** Whether two views give the same name to what one instrument measures: the SDK would then record each value twice in one metric. */
function clash(a: View, b: View): boolean {
  if (a.name !== undefined || b.name !== undefined) {
    return (a.name ?? a.instrument) === (b.name ?? b.instrument)
  }
  const [aBefore = '', aAfter] = a.instrument.split('*')
  const [bBefore = '', bAfter] = b.instrument.split('*')
  if (aAfter === undefined) return matches(b.instrument, aBefore)
  if (bAfter === undefined) return matches(a.instrument, bBefore)
  return (
    (aBefore.startsWith(bBefore) || bBefore.startsWith(aBefore)) &&
    (aAfter.endsWith(bAfter) || bAfter.endsWith(aAfter))
  )
}

function matches(pattern: string, name: string): boolean {
  const [before = '', after] = pattern.split('*')
  if (after === undefined) return name === before
  return (
    name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after)
  )
}

function checked(view: View, at: string): CheckedView {
  if (typeof view !== 'object' || view === null) throw badOption(at, 'an object', view)
  const { instrument, name, description, drop = false, boundaries } = view
  const wrong = (key: keyof View, expected: string) =>
    badOption(`${at}.${key}`, expected, view[key])
  for (const key of Object.keys(view)) {
    if (!KEYS.has(key)) throw badOption(at, `an object of ${[...KEYS].join(', ')}`, key)
  }
  if (typeof instrument !== 'string' || !PATTERN.test(instrument)) {
    throw wrong('instrument', "an instrument's name, which may have one *")
  }
  // The SDK takes the second one for a repetition of the character before it.
  if (instrument.split('*').length > 2) throw wrong('instrument', 'a name with at most one *')
  if (name !== undefined && (typeof name !== 'string' || !NAME.test(name))) {
    throw wrong('name', "a metric's name")
  }
  if (name !== undefined && instrument.includes('*')) {
    throw wrong('name', `left out where instrument has a * (${shown(instrument)})`)
  }
  if (description !== undefined && typeof description !== 'string') {
    throw wrong('description', 'a string')
  }
  if (typeof drop !== 'boolean') throw wrong('drop', 'a boolean')
  if (boundaries !== undefined && boundaries !== 'exponential') {
    if (typeof boundaries === 'string') throw wrong('boundaries', `numbers or 'exponential'`)
    checkBoundaries(boundaries, `${at}.boundaries`)
  }
  const kept = namesOf(view, 'keepAttributes', wrong)
  const left = namesOf(view, 'dropAttributes', wrong)
  const changes = [name, description, boundaries, kept, left].filter((each) => each !== undefined)
  if (drop && changes.length > 0) throw wrong('drop', 'alone: what is not kept cannot be changed')
  if (!drop && changes.length === 0) throw badOption(at, 'a view that changes something', view)
  return {
    ...view,
    matches: (given) => matches(instrument, given),
    filter: kept || left ? filterOf(kept, left) : undefined,
  }
}

function namesOf(
  view: View,
  key: 'keepAttributes' | 'dropAttributes',
  wrong: (key: keyof View, expected: string) => TypeError,
): ReadonlySet<string> | undefined {
  const names = view[key]
  if (names === undefined) return undefined
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) {
    throw wrong(key, 'an array of strings')
  }
  return new Set(names)
}

function filterOf(
  kept: ReadonlySet<string> | undefined,
  left: ReadonlySet<string> | undefined,
): (labels: Labels | undefined) => Labels {
  // What says that a metric is full is no attribute of anybody's.
  const stays = (name: string) =>
    name === OVERFLOW || ((kept?.has(name) ?? true) && !left?.has(name))
  return (labels = {}) => {
    const some: Labels = {}
    for (const name in labels) if (stays(name)) some[name] = labels[name] as never
    return some
  }
}

// The SDK's AggregationType, whose values are part of its public API.
const AGGREGATION = { default: 0, drop: 1, explicit: 4, exponential: 5 } as const

/** The views as the SDK wants them. Each one that matches an instrument makes a metric of it. */
export function viewOptions(
  views: readonly CheckedView[],
  cardinalityLimit: number,
): ViewOptions[] {
  return views.map(({ instrument, name, description, drop, boundaries, filter }) => ({
    instrumentName: instrument,
    aggregation: aggregationOf(drop, boundaries),
    aggregationCardinalityLimit: cardinalityLimit,
    ...(boundaries === undefined ? {} : { instrumentType: 'HISTOGRAM' as never }),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(filter === undefined
      ? {}
      : { attributesProcessors: [{ process: (labels) => filter(labels as Labels) }] }),
  }))
}

function aggregationOf(
  drop: boolean | undefined,
  boundaries: View['boundaries'],
): AggregationOption {
  if (drop) return { type: AGGREGATION.drop }
  if (boundaries === undefined) return { type: AGGREGATION.default }
  if (boundaries === 'exponential') return { type: AGGREGATION.exponential }
  return { type: AGGREGATION.explicit, options: { boundaries: [...boundaries] } }
}
