import { invalid } from './errors.ts'
import { boolean, integer, optionsObject, shown } from './options.ts'

/**
 * One dependency that can be asked whether it is there. `pinger`, `httpPinger` and `tcpPinger` make them; an object of
 * your own with `name` and `ping` is one too.
 */
export interface Pinger {
  /** Names the dependency in bodies, reports, spans and metrics. 1 to 100 characters, unique in a checker. */
  readonly name: string
  /**
   * Asks the dependency. A throw, a rejection or `false` is a failure, anything else a success. The signal aborts when
   * the time is up or the checker shuts down: hand it on to whatever does the work.
   */
  ping(signal: AbortSignal): unknown
  /** As in {@link PingerOptions}. */
  readonly timeoutMs?: number | undefined
  /** As in {@link PingerOptions}. */
  readonly critical?: boolean | undefined
  /** As in {@link PingerOptions}. */
  readonly failAfter?: number | undefined
  /** As in {@link PingerOptions}. */
  readonly recoverAfter?: number | undefined
  /** Gives back what the pinger holds (sockets). Called by the checker's `shutdown`. */
  close?(): unknown
}

/** How a dependency is judged. */
export interface PingerOptions {
  /**
   * Longest time one ping may take, in milliseconds (integer ≥ 1). Then its signal aborts and the ping counts as failed,
   * whether or not the function has returned. Keep it below the timeout of whoever probes. @defaultValue 2000
   */
  readonly timeoutMs?: number | undefined
  /**
   * Whether readiness fails (503) when this dependency is down, as in Clue. `false`: readiness stays 200 and says `warn`.
   * Use `false` for what the service can do without: a shared dependency that is critical takes all instances out of
   * rotation at once. @defaultValue true
   */
  readonly critical?: boolean | undefined
  /**
   * Failures in a row until a dependency that was up counts as down (integer ≥ 1). One that never answered is down from its
   * first failure. @defaultValue 1
   */
  readonly failAfter?: number | undefined
  /** Successes in a row until a dependency that was down counts as up (integer ≥ 1). @defaultValue 1 */
  readonly recoverAfter?: number | undefined
}

export const judgement: readonly (keyof PingerOptions)[] = [
  'timeoutMs',
  'critical',
  'failAfter',
  'recoverAfter',
]

/** A pinger after validation: nothing is optional, nothing can be changed from outside. */
export interface ValidPinger extends Required<PingerOptions> {
  readonly name: string
  readonly timeoutMs: number
  readonly critical: boolean
  readonly failAfter: number
  readonly recoverAfter: number
  ping(signal: AbortSignal): unknown
  close(): unknown
}

/**
 * A dependency asked by a function.
 *
 * @param name - names the dependency in bodies, reports, spans and metrics
 * @param fn - asks it: a throw, a rejection or `false` is a failure, anything else a success
 * @throws TypeError `ERR_HEALTH_NAME`, `ERR_HEALTH_OPTION`
 */
export function pinger(
  name: string,
  fn: (signal: AbortSignal) => unknown,
  options?: PingerOptions,
): Pinger {
  if (typeof fn !== 'function') {
    throw invalid(
      'ERR_HEALTH_OPTION',
      `pinger(${shown(name)}): a function must ask the dependency, got ${shown(fn)}`,
    )
  }
  const given = optionsObject(`pinger(${shown(name)})`, options, judgement)
  return Object.freeze(validPinger({ ...given, name, ping: fn }, 'pinger'))
}

export function validPinger(given: Pinger, maker: string): ValidPinger {
  const name = validName(given.name)
  const where = `${maker}(${shown(name)})`
  const { timeoutMs = 2_000, critical = true, failAfter = 1, recoverAfter = 1 } = given
  return {
    name,
    timeoutMs: integer(`${where}: timeoutMs`, timeoutMs, { min: 1 }),
    critical: boolean(`${where}: critical`, critical),
    failAfter: integer(`${where}: failAfter`, failAfter, { min: 1 }),
    recoverAfter: integer(`${where}: recoverAfter`, recoverAfter, { min: 1 }),
    ping: (signal) => given.ping(signal),
    close: () => given.close?.(),
  }
}

function validName(name: unknown): string {
  // The name becomes a JSON key, an XML element, a span name and a label value: no control characters, no lone surrogates.
  if (
    typeof name === 'string' &&
    /^[^\s\p{C}](?:[^\p{C}\p{Zl}\p{Zp}]{0,98}[^\s\p{C}])?$/u.test(name)
  ) {
    return name
  }
  throw invalid(
    'ERR_HEALTH_NAME',
    `the name of a dependency must be 1 to 100 printable characters without blanks at its ends, got ${shown(name)}`,
  )
}
