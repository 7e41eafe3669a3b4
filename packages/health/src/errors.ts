import { CodedError } from '@clew/internal/errors/error'
import { OptionCheck } from '@clew/internal/options/check'

/**
 * What went wrong.
 *
 * Thrown as a `TypeError` when a pinger or checker is created: `ERR_HEALTH_NAME`,
 * `ERR_HEALTH_ADDRESS`, `ERR_HEALTH_OPTION`. The failure of a ping, as a {@link HealthError}:
 * `ERR_HEALTH_TIMEOUT`, `ERR_HEALTH_STUCK`, `ERR_HEALTH_STATUS`, `ERR_HEALTH_FALSE`.
 */
export type HealthErrorCode =
  | 'ERR_HEALTH_NAME'
  | 'ERR_HEALTH_ADDRESS'
  | 'ERR_HEALTH_OPTION'
  | 'ERR_HEALTH_TIMEOUT'
  | 'ERR_HEALTH_STUCK'
  | 'ERR_HEALTH_STATUS'
  | 'ERR_HEALTH_FALSE'

/**
 * A failure of a ping that this package detected; errors of your own functions are kept as they
 * are.
 */
export class HealthError extends CodedError<HealthErrorCode> {
  override readonly name = 'HealthError'
}

/** @param caller - the public function as a user writes it: `health.httpPinger` */
export function optionCheck(caller: string): OptionCheck<'ERR_HEALTH_OPTION'> {
  return new OptionCheck('ERR_HEALTH_OPTION', caller)
}

export function nameCheck(caller: string): OptionCheck<'ERR_HEALTH_NAME'> {
  return new OptionCheck('ERR_HEALTH_NAME', caller)
}

export function addressCheck(caller: string): OptionCheck<'ERR_HEALTH_ADDRESS'> {
  return new OptionCheck('ERR_HEALTH_ADDRESS', caller)
}
