import { help } from './documents/help.ts'
import { type LoadOptions, settingsOf } from './load.ts'
import { read } from './read.ts'
import { openSources } from './sources.ts'
import { leavesOf, type Spec, type Values } from './spec.ts'
import { writeBeforeExit } from './standard-output.ts'

/** EX_CONFIG of sysexits.h: service managers can tell it from a crash. */
const exitCode = 78

/**
 * Like {@link load}; on a ConfigError prints the report on standard error, without a stack, and exits with 78 (EX_CONFIG). With
 * `--help` or `-h` among `args`, prints the options and exits with 0. Waits for a slow reader of either, up to a second without
 * any progress.
 */
export function loadOrExit<const S extends Spec>(spec: S, options?: LoadOptions): Values<S> {
  const settings = settingsOf(options)
  const sources = openSources(leavesOf(spec, settings.prefix), settings)
  if (sources.help) {
    writeBeforeExit(1, help(spec, { prefix: settings.prefix }))
    process.exit(0)
  }
  try {
    return read<S>(sources, settings)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_CONFIG_INVALID') throw error
    writeBeforeExit(2, `${(error as Error).message}\n`)
    process.exit(exitCode)
  }
}
