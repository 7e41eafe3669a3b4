import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Collector, startProgram } from '@clew/testing'

/** Where the cells work: a temporary folder outside of the workspace, and a collector. */
export interface Bench {
  readonly folder: string
  readonly collector: Collector
  /** The packed packages, by name. */
  readonly tarballs: ReadonlyMap<string, string>
  /** A project into which npm has installed all eight. */
  readonly project: string
}

export interface Command {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

interface Service extends Command {
  /** A span that it ends: 'work' unless told otherwise. */
  readonly span?: string
  /** A metric that it measures: 'orders' unless told otherwise. */
  readonly metric?: string
}

/** Runs a command to its end. Rejects, with what it has written, unless it ends well. */
export async function succeed(
  command: string,
  args: readonly string[],
  { cwd, env = {} }: Command,
): Promise<string> {
  const child = startProgram(command, args, {
    cwd,
    env: { NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
  })
  const { code, signal } = await child.exit
  const output = child.stdout + child.stderr
  if (code === 0) return output
  throw new Error(`${command} ${args.join(' ')}: ${code ?? signal}\n${output}`)
}

/**
 * Runs the service in some way, and waits until its span and its measurement have reached the
 * collector.
 */
export async function serve(
  { collector }: Bench,
  [command, ...args]: readonly [string, ...string[]],
  { span = 'work', metric = 'orders', ...options }: Service,
): Promise<string> {
  const cell = `cell-${++cells}`
  const env = {
    CELL: cell,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_TRACES_SAMPLER: 'always_on',
    ...options.env,
  }
  const output = await succeed(command, args, { ...options, env })
  const ofCell = ({ resource }: { readonly resource: Readonly<Record<string, unknown>> }) =>
    resource['service.name'] === cell
  await collector.until(
    ({ spans, points }) =>
      spans.some((each) => ofCell(each) && each.name === span) &&
      points.some((each) => ofCell(each) && each.name === metric),
  )
  return output
}

let cells = 0

/** Writes files into a folder; their names are paths in it. */
export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
