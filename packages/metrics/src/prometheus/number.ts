/**
 * Formats a number as Go does (`strconv.FormatFloat(f, 'g', -1, 64)`): a bucket such as
 * `le="1e-05"` must be the same series, pushed or pulled.
 */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  if (Object.is(value, -0)) return '-0'
  const size = Math.abs(value)
  // Go switches to an exponent here, not at 1e21 as JavaScript does.
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    const [digits = '', exponent = '0'] = value.toExponential().split('e')
    const sign = exponent.startsWith('-') ? '-' : '+'
    return `${digits}e${sign}${exponent.replace(/^[+-]/, '').padStart(2, '0')}`
  }
  return String(value)
}
