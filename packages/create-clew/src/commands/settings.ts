import { parseArgs } from 'node:util'
import { UsageError } from '../usage-error.ts'
import { type Area, areas as allAreas, isArea } from '../wiring/areas.ts'
import { folderOf } from './folder.ts'

/** What a command line of `create-clew` says. */
export interface Settings {
  readonly folder: string
  readonly areas: readonly Area[] | undefined
  readonly entry: string | undefined
  readonly asks: boolean
  readonly isDryRun: boolean
  readonly installs: boolean
}

/** `undefined`: help is asked for. */
export function settingsOf(argv: readonly string[]): Settings | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      areas: { type: 'string' },
      entry: { type: 'string' },
      yes: { type: 'boolean', short: 'y', default: false },
      'dry-run': { type: 'boolean', default: false },
      'no-install': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const isDecided = values.yes || values['dry-run']
  if (!isDecided && !(process.stdin.isTTY && process.stdout.isTTY)) {
    throw new UsageError(
      'there is no terminal to ask at: say --yes, with --areas for what to add, or --dry-run to look first',
    )
  }
  return {
    folder: folderOf(positionals),
    areas: values.areas === undefined ? undefined : areasIn(values.areas),
    entry: values.entry,
    asks: !isDecided,
    isDryRun: values['dry-run'],
    installs: !values['no-install'],
  }
}

function areasIn(text: string): readonly Area[] {
  if (text.trim() === 'all') return allAreas
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !isArea(name))
  if (unknown !== undefined) {
    throw new UsageError(
      `--areas: ${JSON.stringify(unknown)} is none of ${allAreas.join(', ')}, or all`,
    )
  }
  return allAreas.filter((area) => names.includes(area))
}
