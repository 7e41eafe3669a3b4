import { type HealthErrorCode, invalid } from './errors.ts'

/** The longest delay a Node timer takes. */
const maxDelayMs = 2 ** 31 - 1

/** How a value reads in an error message: its kind where the value itself could be long or secret. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.length <= 40 ? `'${value}'` : 'a long string'
  if (typeof value === 'number' || typeof value === 'boolean' || value == null) return `${value}`
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object'
  return `a ${typeof value}`
}

export function optionsObject<T extends object>(
  where: string,
  options: T | undefined,
  known: readonly (keyof T & string)[],
): T {
  if (options === undefined) return {} as T
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('ERR_HEALTH_OPTION', `${where}: options must be an object, got ${shown(options)}`)
  }
  const unknown = Object.keys(options).find((key) => !(known as readonly string[]).includes(key))
  if (unknown !== undefined) {
    throw invalid(
      'ERR_HEALTH_OPTION',
      `${where}: unknown option ${shown(unknown)}; it has ${known.join(', ')}`,
    )
  }
  return options
}

export function integer(
  where: string,
  value: unknown,
  { min, max = maxDelayMs }: { readonly min: number; readonly max?: number },
): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) {
    return value as number
  }
  throw invalid(
    'ERR_HEALTH_OPTION',
    `${where} must be an integer from ${min} to ${max}, got ${shown(value)}`,
  )
}

export function boolean(where: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw invalid('ERR_HEALTH_OPTION', `${where} must be true or false, got ${shown(value)}`)
}

export function text(
  where: string,
  value: unknown,
  code: HealthErrorCode = 'ERR_HEALTH_OPTION',
): string {
  if (typeof value === 'string') return value
  throw invalid(code, `${where} must be a string, got ${shown(value)}`)
}
