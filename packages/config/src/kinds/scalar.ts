/** Objects have no text: one that foreign code returned may contain a secret. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return ['number', 'boolean', 'bigint'].includes(typeof value) ? String(value) : undefined
}
