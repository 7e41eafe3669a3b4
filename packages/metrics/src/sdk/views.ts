import type { OptionCheck } from '@clew/internal/options/check'
import type { Labels } from '../instruments/attributes.ts'
import { namePattern } from '../instruments/declaration.ts'
import { checkBoundaries } from '../instruments/distribution.ts'
import { overflowLabel } from '../instruments/series.ts'

/** Changes to metrics that were defined elsewhere. */
export interface View {
  /** The name of the instruments it applies to; one `*` in it stands for any characters. */
  readonly instrument: string
  /**
   * Another name for the metric. `instrument` must then have no `*`. @defaultValue the instrument's
   */
  readonly name?: string | undefined
  /** Another description. @defaultValue the instrument's */
  readonly description?: string | undefined
  /** Whether the metric is not kept at all. @defaultValue false */
  readonly drop?: boolean | undefined
  /**
   * Upper bounds of the buckets (ascending, at most 200), or `'exponential'` for base-2 exponential
   * buckets. The view then applies to histograms only.
   * @defaultValue the instrument's
   */
  readonly boundaries?: readonly number[] | 'exponential' | undefined
  /** The attributes that are kept. @defaultValue all */
  readonly keepAttributes?: readonly string[] | undefined
  /** The attributes that are dropped. @defaultValue none */
  readonly dropAttributes?: readonly string[] | undefined
}

export interface CheckedView extends View {
  readonly matches: (instrument: string) => boolean
  readonly filter: ((labels: Labels | undefined) => Labels) | undefined
}

const viewNames = [
  'instrument',
  'name',
  'description',
  'drop',
  'boundaries',
  'keepAttributes',
  'dropAttributes',
] as const satisfies (keyof View)[]

const instrumentPattern = /^[A-Za-z*][A-Za-z0-9_./*-]{0,254}$/

/** Checks the option `views`. */
export function viewsOption(check: OptionCheck<string>, views: unknown): readonly CheckedView[] {
  if (!Array.isArray(views)) throw check.error('views', 'an array', views)
  const checked = views.map((view: View, index) => viewOption(check, `views[${index}]`, view))
  for (const [index, view] of checked.entries()) {
    const other = checked.findIndex((each, before) => before < index && areOneMetric(each, view))
    if (other >= 0) {
      throw check.error(
        `views[${index}]`,
        `one view together with views[${other}], or have another name: the two create one metric of one instrument, which would count it twice`,
        view,
      )
    }
  }
  return checked
}

function viewOption(check: OptionCheck<string>, path: string, view: View): CheckedView {
  check.options(path, check.object(path, view), viewNames)
  const { instrument, name, description, drop = false, boundaries } = view
  // Of two `*`, the SDK takes the second one for a repetition of the character before it.
  if (
    typeof instrument !== 'string' ||
    !instrumentPattern.test(instrument) ||
    instrument.split('*').length > 2
  ) {
    throw check.error(`${path}.instrument`, "an instrument's name with at most one *", instrument)
  }
  if (name !== undefined && (typeof name !== 'string' || !namePattern.test(name))) {
    throw check.error(`${path}.name`, "a metric's name", name)
  }
  if (name !== undefined && instrument.includes('*')) {
    throw check.error(`${path}.name`, 'left out, since instrument has a *', name)
  }
  if (description !== undefined && typeof description !== 'string') {
    throw check.error(`${path}.description`, 'a string', description)
  }
  check.boolean(`${path}.drop`, drop)
  if (boundaries !== undefined && boundaries !== 'exponential') {
    checkBoundaries(check, `${path}.boundaries`, boundaries, ", or 'exponential'")
  }
  const kept = namesOf(check, `${path}.keepAttributes`, view.keepAttributes)
  const dropped = namesOf(check, `${path}.dropAttributes`, view.dropAttributes)
  const changes = [name, description, boundaries, kept, dropped].filter(
    (change) => change !== undefined,
  )
  if (drop && changes.length > 0) {
    throw check.error(
      `${path}.drop`,
      'the only change: a metric that is not kept has no others',
      drop,
    )
  }
  if (!drop && changes.length === 0) {
    throw check.error(path, 'a view that changes something', view)
  }
  return {
    ...view,
    matches: (candidate) => matches(instrument, candidate),
    filter: kept || dropped ? createFilter(kept, dropped) : undefined,
  }
}

function namesOf(
  check: OptionCheck<string>,
  option: string,
  names: readonly string[] | undefined,
): ReadonlySet<string> | undefined {
  return names === undefined ? undefined : new Set(check.strings(option, names))
}

function createFilter(
  kept: ReadonlySet<string> | undefined,
  dropped: ReadonlySet<string> | undefined,
): (labels: Labels | undefined) => Labels {
  // The label of the overflow series is not an attribute of the user.
  const isKept = (name: string) =>
    name === overflowLabel || ((kept?.has(name) ?? true) && !dropped?.has(name))
  return (labels = {}) => {
    const remaining: Labels = {}
    for (const name in labels) if (isKept(name)) remaining[name] = labels[name] as never
    return remaining
  }
}

function matches(pattern: string, name: string): boolean {
  const [before = '', after] = pattern.split('*')
  if (after === undefined) return name === before
  return (
    name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after)
  )
}

/**
 * Whether two views give the same name to the metric of one instrument. The SDK would then record
 * each value twice in one metric.
 */
function areOneMetric(a: View, b: View): boolean {
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
