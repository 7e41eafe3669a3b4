import type { Spec } from '../declaration/spec.ts'
import { type DocumentOptions, type Entry, entriesOf } from './entry.ts'

/**
 * A `.env.example` file: required variables are empty, all others are comments with their defaults.
 */
export function envExample(spec: Spec, options?: DocumentOptions): string {
  return entriesOf(spec, options, 'config.envExample').map(paragraph).join('\n')
}

function paragraph({
  variable,
  description,
  expected,
  required,
  secret,
  file,
  aliases,
  fallback,
}: Entry): string {
  const state = required ? 'Required' : states[typeof fallback === 'string' ? fallback : 'shown']
  const secrecy = `${secret ? ', secret' : ''}${file ? ` (or ${file})` : ''}`
  const former =
    aliases.length > 0 ? [`Formerly ${aliases.map(({ name }) => name).join(', ')}`] : []
  const comments = [
    ...(description ? [description] : []),
    `${state}${secrecy}: ${expected}`,
    ...former,
  ]
  const line = `${required ? '' : '# '}${variable}=${quoted(typeof fallback === 'string' ? '' : fallback.text)}`
  return [...comments.map((text) => `# ${text}`), line, ''].join('\n')
}

const states = {
  none: 'Optional',
  hidden: 'Has a default that is not shown',
  shown: 'Default below',
} as const

/** Quoted so that the parser of `.env` files reads the same value. */
function quoted(value: string): string {
  if (/^[^\s#'"`\\]*$/.test(value)) return value
  if (!/['\r\n]/.test(value)) return `'${value}'`
  const escaped = value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  return `"${escaped}"`
}
