import { nameCheck, optionCheck } from '../errors.ts'

/**
 * One dependency that can be pinged. `pinger`, `httpPinger`, `tcpPinger` and `grpcPinger` create
 * pingers; an object of your own with `name` and `ping` is one too.
 */
export interface Pinger {
  /**
   * Names the dependency in bodies, reports, spans and metrics. 1 to 100 characters, unique in a
   * checker.
   */
  readonly name: string
  /**
   * Pings the dependency. A throw, a rejection or `false` is a failure, anything else a success.
   * The signal aborts on timeout or when the checker shuts down: pass it to whatever does the work.
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
  /** Releases what the pinger holds, such as sockets. Called by the checker's `shutdown`. */
  close?(): unknown
}

/** How a dependency is judged. */
export interface PingerOptions {
  /**
   * The longest time one ping may take, in milliseconds (integer, 1 to 2 147 483 647). After it the
   * signal aborts and the ping counts as failed, whether or not the function has returned. Keep it
   * below the timeout of the prober. @defaultValue 2000
   */
  readonly timeoutMs?: number | undefined
  /**
   * Whether readiness fails (503) while this dependency is down, as in Clue. `false`: readiness
   * stays 200 and says `warn`. Use `false` for what the service can do without: a shared dependency
   * that is critical takes all instances out of rotation at once. @defaultValue true
   */
  readonly critical?: boolean | undefined
  /**
   * Consecutive failures until a dependency that was up counts as down (integer, at least 1). One
   * that has never answered is down after its first failure. @defaultValue 1
   */
  readonly failAfter?: number | undefined
  /**
   * Consecutive successes until a dependency that was down counts as up (integer, at least 1).
   *
   * @defaultValue 1
   */
  readonly recoverAfter?: number | undefined
}

export const pingerOptionNames: readonly (keyof PingerOptions)[] = [
  'timeoutMs',
  'critical',
  'failAfter',
  'recoverAfter',
]

/** A pinger after validation: complete, and independent of the caller's object. */
export interface CheckedPinger {
  readonly name: string
  readonly timeoutMs: number
  readonly critical: boolean
  readonly failAfter: number
  readonly recoverAfter: number
  ping(signal: AbortSignal): unknown
  close(): unknown
}

/**
 * Creates a pinger from a function.
 *
 * @param name - names the dependency in bodies, reports, spans and metrics
 * @param fn - pings it: a throw, a rejection or `false` is a failure, anything else a success
 * @throws TypeError `ERR_HEALTH_NAME`, `ERR_HEALTH_OPTION`
 */
export function createPinger(
  name: string,
  fn: (signal: AbortSignal) => unknown,
  options?: PingerOptions,
): Pinger {
  const caller = 'health.pinger'
  const check = optionCheck(caller)
  if (typeof fn !== 'function') throw check.error('fn', 'a function', fn)
  const given = check.options('options', options, pingerOptionNames)
  return Object.freeze(checkedPinger(caller, { ...given, name, ping: fn }))
}

/** @param path - what stands in front of the names of the options in errors: `pingers[0].` */
export function checkedPinger(caller: string, pinger: Pinger, path = ''): CheckedPinger {
  const check = optionCheck(caller)
  const { timeoutMs = 2_000, critical = true, failAfter = 1, recoverAfter = 1 } = pinger
  return {
    name: checkedName(caller, `${path}name`, pinger.name),
    timeoutMs: check.milliseconds(`${path}timeoutMs`, timeoutMs, 1),
    critical: check.boolean(`${path}critical`, critical),
    failAfter: check.integer(`${path}failAfter`, failAfter, { min: 1 }),
    recoverAfter: check.integer(`${path}recoverAfter`, recoverAfter, { min: 1 }),
    ping: (signal) => pinger.ping(signal),
    close: () => pinger.close?.(),
  }
}

function checkedName(caller: string, option: string, name: unknown): string {
  // The name becomes a JSON key, an XML element, a span name and a label value: no control
  // characters, no lone surrogates.
  if (
    typeof name === 'string' &&
    /^[^\s\p{C}](?:[^\p{C}\p{Zl}\p{Zp}]{0,98}[^\s\p{C}])?$/u.test(name)
  ) {
    return name
  }
  const expected = '1 to 100 printable characters without white space at the ends'
  throw nameCheck(caller).error(option, expected, name)
}
