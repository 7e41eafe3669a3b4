import { leavesOf } from '../declaration/leaves.ts'
import type { Spec, Values } from '../declaration/spec.ts'
import { issueOf } from '../issues/issue.ts'
import { openSources, type Sources } from '../sources/sources.ts'
import { readConfiguration } from './configuration.ts'
import { type LoadOptions, settingsOf } from './settings.ts'

/**
 * Reads the configuration that a declaration describes. The result is deeply frozen; each value has
 * exactly the type of its kind.
 *
 * @throws ConfigError with all problems at once
 * @throws TypeError (`ERR_CONFIG_DECLARATION`, `ERR_CONFIG_OPTION`) if the declaration or an option
 *   is wrong
 */
export function load<const S extends Spec>(spec: S, options?: LoadOptions): Values<S> {
  const settings = settingsOf(options, 'config.load')
  const sources = openSources(leavesOf(spec, settings.prefix, settings.caller), settings)
  return readConfiguration(spec, sources.help ? withHelpRefused(sources) : sources, settings)
}

function withHelpRefused(sources: Sources): Sources {
  const issue = issueOf({
    code: 'unknown',
    problem: '--help is not supported by load',
    source: 'command line',
    hint: 'loadOrExit prints the help; help(spec) returns it',
  })
  return { ...sources, issues: [issue, ...sources.issues] }
}
