import type { Spec } from '../declaration/spec.ts'
import { plain } from '../text/quote.ts'
import { type DocumentOptions, type Entry, entriesOf } from './entry.ts'

/** The text of `--help`: for each setting, its option, variable, accepted values and default. */
export function help(spec: Spec, options?: DocumentOptions): string {
  const entries = entriesOf(spec, options, 'config.help')
  const lines = [
    ...section(
      'Options, each with its environment variable:',
      entries.filter(({ secret }) => !secret),
      optionText,
    ),
    ...section(
      'Secrets, read from the environment only:',
      entries.filter(({ secret }) => secret),
      ({ variable }) => variable,
    ),
    '  -h, --help',
    '      Print this help.',
    '',
  ]
  return lines.join('\n')
}

function section(
  title: string,
  entries: readonly Entry[],
  label: (entry: Entry) => string,
): readonly string[] {
  if (entries.length === 0) return []
  return [title, '', ...entries.flatMap((entry) => [`  ${label(entry)}`, ...notes(entry), ''])]
}

function optionText({ option, type, variable }: Entry): string {
  return type === 'boolean' ? `--[no-]${option}, ${variable}` : `--${option} <${type}>, ${variable}`
}

function notes({ description, expected, required, fallback, file, aliases }: Entry): string[] {
  const state = required
    ? 'Required.'
    : fallback === 'none'
      ? 'Optional.'
      : fallback === 'hidden'
        ? 'Has a default that is not shown.'
        : `Default: ${plain(fallback.text, 200)}`
  const lines = [`${description ? `${description} ` : ''}Takes ${expected}. ${state}`]
  if (file) lines.push(`Or ${file}: the path of a file that contains it.`)
  if (aliases.length > 0) lines.push(`Formerly ${aliases.map(({ name }) => name).join(', ')}.`)
  return lines.map((line) => `      ${line}`)
}
