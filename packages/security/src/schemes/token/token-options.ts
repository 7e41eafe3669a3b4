import type { Check } from '../../options.ts'
import type { ClaimPath } from './claims.ts'

/** One name or several, such as of audiences. */
export function namedOption(check: Check, option: string, value: unknown): readonly string[] {
  const names: unknown = typeof value === 'string' ? [value] : value
  if (
    Array.isArray(names) &&
    names.length > 0 &&
    names.every((each) => typeof each === 'string' && each !== '')
  ) {
    return [...names]
  }
  throw check.error(option, 'a non-empty string, or an array of at least one of them', value)
}

export function pathsOption(check: Check, option: string, value: unknown): readonly ClaimPath[] {
  const paths: readonly unknown[] = Array.isArray(value) ? value : [undefined]
  if (!paths.every(isPath)) {
    throw check.error(option, 'an array of claims, each a string or an array of strings', value)
  }
  return paths.map((path) => (typeof path === 'string' ? path : Object.freeze([...path])))
}

function isPath(path: unknown): path is ClaimPath {
  const names: readonly unknown[] = Array.isArray(path) ? path : [path]
  return names.length > 0 && names.every((name) => typeof name === 'string' && name !== '')
}
