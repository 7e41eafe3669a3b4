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

/**
 * How much more processor time eight times the work takes: 8 when it is in proportion, 64 when it
 * is quadratic. The least of some tries, so that a machine with other things to do does not make it
 * larger; what takes less than a millisecond counts as one.
 */
export function growth(run: (size: number) => void, size: number): number {
  const timeOf = (work: number) => {
    const before = process.cpuUsage()
    run(work)
    const { user, system } = process.cpuUsage(before)
    return Math.max(user + system, 1000)
  }
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 5 && least > 12; attempt++) {
    least = Math.min(least, timeOf(size * 8) / timeOf(size))
  }
  return least
}

/** Between what {@link growth} is of linear and of quadratic work. */
export const linear = 24

/** `code` and message of whatever a function throws. */
export function thrown(run: () => unknown): { code?: string; name: string; message: string } {
  try {
    run()
  } catch (error) {
    return error as { code?: string; name: string; message: string }
  }
  throw new Error('nothing was thrown')
}
