import { codeOf } from '@clew/internal/errors/error'
import { leavesOf } from '../declaration/leaves.ts'
import type { Spec, Values } from '../declaration/spec.ts'
import { help } from '../documents/help.ts'
import { openSources } from '../sources/sources.ts'
import { writeBeforeExit } from '../system/standard-output.ts'
import { readConfiguration } from './configuration.ts'
import { type LoadOptions, settingsOf } from './settings.ts'

/** EX_CONFIG of sysexits.h: lets a service manager tell a wrong configuration from a crash. */
const exitCode = 78

/**
 * Like {@link load}, but instead of throwing a ConfigError, prints the report to standard error,
 * without a stack, and exits with code 78 (EX_CONFIG). If `args` contains `--help` or `-h`, prints
 * the options and exits with code 0. Waits for a slow reader of either for up to a second without
 * progress.
 */
export function loadOrExit<const S extends Spec>(spec: S, options?: LoadOptions): Values<S> {
  const settings = settingsOf(options, 'config.loadOrExit')
  const sources = openSources(leavesOf(spec, settings.prefix, settings.caller), settings)
  if (sources.help) {
    writeBeforeExit(1, help(spec, { prefix: settings.prefix }))
    process.exit(0)
  }
  try {
    return readConfiguration(spec, sources, settings)
  } catch (error) {
    if (codeOf(error) !== 'ERR_CONFIG_INVALID') throw error
    writeBeforeExit(2, `${(error as Error).message}\n`)
    process.exit(exitCode)
  }
}
