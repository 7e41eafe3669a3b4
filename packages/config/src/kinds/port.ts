import type { Kind, VariableOptions } from '../declaration/kind.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'
import { isPort } from './hosts.ts'

/** Options of {@link port}. */
export interface PortOptions extends VariableOptions {
  /** A number, or a string such as `'3000'`. */
  readonly default?: number | string
  /** The smallest port (an integer from 0 to 65535). @defaultValue 0, which is any free port */
  readonly min?: number
  /** The largest port (an integer from `min` to 65535). @defaultValue 65535 */
  readonly max?: number
}

const highest = 65_535

/** A kind for a TCP or UDP port: `3000`. Port 0 is any free port. */
export function port(options: PortOptions = noOptions): Kind<number> {
  const check = kindCheck('port')
  if (options !== noOptions) {
    check.options('options', options, ['default', 'name', 'min', 'max'])
  }
  const { min = 0, max = highest } = options
  check.integer('min', min, { min: 0, max: highest })
  check.integer('max', max, { min, max: highest })
  return kindOf(
    {
      type: 'port',
      expected: () => `a port from ${min} to ${max}`,
      parse(text) {
        const value = Number(text)
        if (isPort(text) && value >= min && value <= max) return { ok: true, value }
        return { ok: false, fixedHint: hintOf(text) }
      },
      format: String,
      encode: (value) => (typeof value === 'number' ? String(value) : undefined),
      schema: () => ({ type: 'string', pattern: '^(0|[1-9][0-9]{0,4})$' }),
    },
    options,
  )
}

function hintOf(text: string): string | undefined {
  if (text.trim() !== text) return 'remove the white space around it'
  if (/^0[0-9]/.test(text)) return 'remove the leading zeros'
  if (text.startsWith('+')) return 'remove the +'
  return /:[0-9]{1,5}$/.test(text) ? 'write the port only' : undefined
}
