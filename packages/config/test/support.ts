import * as config from '@clew/config'

/** Reads one text with a kind, through `load`. */
export function read<T>(kind: config.Kind<T>, text: string | undefined): T {
  const env = text === undefined ? {} : { VALUE: text }
  return config.load({ value: kind }, { env, envFile: false }).value as T
}

/** What `load` says of a text that the kind refuses. */
export function refusal(kind: config.Kind<unknown>, text: string | undefined): config.Issue {
  const env = text === undefined ? {} : { VALUE: text }
  const { issues } = failure(() => config.load({ value: kind }, { env, envFile: false }))
  if (issues.length !== 1) throw new Error(`${issues.length} issues`)
  return issues[0]!
}

/** The ConfigError that a function throws. */
export function failure(load: () => unknown): config.ConfigError {
  try {
    load()
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_CONFIG_INVALID')
      return error as config.ConfigError
    throw error
  }
  throw new Error('nothing was thrown')
}

/** `code` and message of whatever a function throws. */
export function thrown(run: () => unknown): { code?: string; name: string; message: string } {
  try {
    run()
  } catch (error) {
    return error as { code?: string; name: string; message: string }
  }
  throw new Error('nothing was thrown')
}
