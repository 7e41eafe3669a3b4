import { optionError } from './errors.ts'

/** That `options` is an object, and has no name but these: a misspelt one would be ignored. */
export function checkNames(option: string, options: unknown, names: readonly string[]): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw optionError(option, `an object with ${names.join(', ')}`, options)
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw optionError(option, `an object with ${names.join(', ')}`, name)
    }
  }
}

export function yesOrNo(option: string, value: unknown): void {
  if (typeof value !== 'boolean') throw optionError(option, 'true or false', value)
}

export function listOfTexts(option: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw optionError(option, 'a list of texts', value)
  for (const item of value as readonly unknown[]) {
    if (typeof item !== 'string') throw optionError(option, 'a list of texts', item)
  }
  return value as readonly string[]
}

export function functionIfGiven(option: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw optionError(option, 'a function', value)
  }
}

/** A number that may be infinite: a time that never comes. */
export function positive(option: string, value: unknown, least = 1): number {
  if (typeof value !== 'number' || !(value >= least)) {
    throw optionError(option, `a number, ${least} or more`, value)
  }
  return value
}

/** A bound: infinity would be none. */
export function finite(option: string, value: unknown, least = 1): number {
  if (value === Number.POSITIVE_INFINITY)
    throw optionError(option, `a number, ${least} or more`, value)
  return positive(option, value, least)
}
