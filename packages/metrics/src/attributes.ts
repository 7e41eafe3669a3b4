import { state } from './state.ts'

/** The labels of a measurement. `undefined` and `null` mean: not there. */
export type Attributes = Readonly<Record<string, AttributeValue | null | undefined>>

export type AttributeValue = string | number | boolean

/** What the SDK gets: our own object, since it keeps the one it was given, with values it can hash and export. */
export type Labels = Record<string, AttributeValue>

export const MAX_VALUE_LENGTH = 1024

// The least that `maxValueLength` can be: what is shorter needs no look at the state.
const SURELY_SHORT = 16

/** A copy without what cannot be a label; long strings are cut, a bigint becomes a string. */
export function labelsOf(attributes: Attributes | undefined): Labels | undefined {
  if (attributes === undefined || attributes === null) return undefined
  let name = ''
  try {
    // A copy made in one piece costs a third of one made name by name.
    if (isClean(attributes)) return { ...attributes } as Labels
  } catch {
    // Told below, with the name.
  }
  const labels: Labels = {}
  try {
    for (name in attributes) {
      const value: unknown = attributes[name]
      switch (typeof value) {
        case 'string':
          labels[name] = value.length > SURELY_SHORT ? cut(name, value) : value
          break
        case 'number':
        case 'boolean':
          labels[name] = value
          break
        case 'bigint':
          labels[name] = String(value)
          break
        case 'object':
        case 'function':
        case 'symbol':
          if (value !== null) refuse(name, `${typeof value} is not a string, number or boolean`)
          break
        case 'undefined':
      }
    }
  } catch {
    refuse(name, 'it cannot be read')
  }
  return labels
}

const isPlain = (value: unknown) => typeof value === 'number' || typeof value === 'boolean'

function isClean(attributes: Attributes): boolean {
  for (const name in attributes) {
    const value = attributes[name]
    if (typeof value === 'string' ? value.length > SURELY_SHORT : !isPlain(value)) return false
  }
  return true
}

function cut(name: string, value: string): string {
  const { maxValueLength = MAX_VALUE_LENGTH, once } = state()
  if (value.length <= maxValueLength) return value
  once?.(`cut ${name}`, {
    type: 'metrics.value_cut',
    level: 'warn',
    message: `the label ${name.slice(0, 100)} had a value longer than ${maxValueLength}; it is cut`,
    fields: { label: name.slice(0, 100), max: maxValueLength },
  })
  // Never between the two halves of a character.
  const end = /[\uD800-\uDBFF]/.test(value[maxValueLength - 1] ?? '')
    ? maxValueLength - 1
    : maxValueLength
  return value.slice(0, end)
}

function refuse(name: string, why: string): void {
  state().once?.(`label ${name}`, {
    type: 'metrics.value_dropped',
    level: 'warn',
    message: `the label ${name.slice(0, 100)} is left out: ${why}`,
    fields: { label: name.slice(0, 100) },
  })
}
