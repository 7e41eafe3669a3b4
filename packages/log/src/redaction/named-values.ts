import type { Name } from './pair-names.ts'

const values: ReadonlySet<string> = new Set(['input', 'val', 'value'])
const most = 200
const gap = String.raw`(?:\s|\\n)*`
const quote = String.raw`\\*["'${'`'}]`
const naming = `(?:${quote})?(?:name|key|field|header|path|property|param)(?:${quote})?\\s*:\\s*`
const named = `${quote}([^"'\`\\\\]{1,128})`
const before = new RegExp(`${naming}${named}${quote}${gap},${gap}(?:${quote})?$`)
const behind = new RegExp(`^(?:${quote})?${gap},${gap}${naming}${named}`)

/**
 * What a value in a text is called by the member beside it: `{ name: 'authorization', value: '…' }`.
 * Undefined where `name` is not that of such a value, or nothing stands beside it.
 */
export function nameBeside(
  text: string,
  { text: name, start }: Name,
  end: number,
): string | undefined {
  if (!values.has(name)) return undefined
  const head = before.exec(text.slice(Math.max(0, start - most), start))
  return (head ?? behind.exec(text.slice(end, end + most)))?.[1]
}
