import type { Check } from '../errors.ts'
import type { Kind } from './profile-kinds.ts'

export interface ProfileQuery {
  readonly seconds: number | undefined
  readonly hz: number | undefined
  readonly gc: boolean
  readonly format: string
}

/** What the query of a profile asks; an unknown parameter is refused, as an unknown option is. */
export function checkedProfileQuery(
  check: Check,
  { parameters, formats }: Kind,
  query: URLSearchParams,
  maxSeconds: number,
): ProfileQuery {
  const names = ['seconds', 'format', ...parameters]
  const given = check.options('options', Object.fromEntries(query), names) as Record<
    string,
    string | undefined
  >
  // Go's `?debug=1` is the form for people.
  const isText =
    given.debug !== undefined && check.oneOf('debug', given.debug, ['0', '1', '2']) > '0'
  return {
    seconds: numberOf(check, 'seconds', given.seconds, { min: 0.01, max: maxSeconds }),
    hz: numberOf(check, 'hz', given.hz, { min: 1, max: 10_000 }),
    gc: check.oneOf('gc', given.gc ?? '0', ['0', '1']) === '1',
    format: check.oneOf('format', given.format ?? (isText ? 'top' : 'pprof'), formats),
  }
}

function numberOf(
  check: Check,
  name: string,
  text: string | undefined,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d{1,5}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max && (name !== 'hz' || Number.isInteger(value))) return value
  const kind = name === 'hz' ? 'an integer' : 'a number'
  throw check.error(name, `${kind} from ${min} to ${max}`, text)
}
