import type { Plain } from './plain-value.ts'

/** An error made plain. */
export interface ErrorTree {
  readonly [key: string]: Plain
  readonly type: string
  readonly message: string
  readonly stack: string
}

export function isErrorTree(value: Plain): value is ErrorTree {
  return (
    typeof value === 'object' &&
    value !== null &&
    'stack' in value &&
    typeof value.stack === 'string' &&
    typeof value['message'] === 'string' &&
    typeof value['type'] === 'string'
  )
}
