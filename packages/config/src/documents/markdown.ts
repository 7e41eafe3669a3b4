import type { Spec } from '../declaration/spec.ts'
import { plain } from '../text/quote.ts'
import { type DocumentOptions, type Entry, entriesOf } from './entry.ts'

/** A Markdown table of all variables. Ends with a line break. */
export function markdown(spec: Spec, options?: DocumentOptions): string {
  const rows = entriesOf(spec, options, 'config.markdown').map((entry) =>
    [code(entry.variable), cell(entry.expected), fallbackText(entry), meaning(entry)].join(' | '),
  )
  return ['Variable | Takes | Default | Meaning', '--- | --- | --- | ---', ...rows]
    .map((row) => `| ${row} |\n`)
    .join('')
}

function fallbackText({ required, fallback }: Entry): string {
  if (required) return '**required**'
  if (fallback === 'none') return '–'
  if (fallback === 'hidden') return 'not shown'
  return fallback.text === '' ? 'empty' : code(plain(fallback.text, 200))
}

function meaning({ description, secret, file, aliases }: Entry): string {
  const from = file ? `${code(file)} may name a file that contains it` : ''
  const notes = [secret ? 'Secret' : '', from].filter(Boolean).join('; ')
  const former =
    aliases.length > 0 ? `Formerly ${aliases.map(({ name }) => code(name)).join(', ')}.` : ''
  return [cell(description ?? ''), notes && `${notes}.`, former].filter(Boolean).join(' ')
}

function cell(text: string): string {
  return text.replace(/[\\`*_<>[\]|]/g, (character) => `\\${character}`)
}

/**
 * In a table, a bar ends the cell even inside code. The fence is longer than any run of backticks
 * in the text.
 */
function code(text: string): string {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length)
  const fence = '`'.repeat(Math.max(0, ...runs) + 1)
  const space = text.startsWith('`') || text.endsWith('`') ? ' ' : ''
  return `${fence}${space}${text.replaceAll('|', '\\|')}${space}${fence}`
}
