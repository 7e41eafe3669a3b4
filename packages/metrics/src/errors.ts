import { CodedError } from '@clew/internal/errors/error'
import { OptionCheck } from '@clew/internal/options/check'

/** What went wrong, for a program to read. The README has a row for each. */
export type MetricsErrorCode =
  | 'ERR_METRICS_OPTION'
  | 'ERR_METRICS_NAME'
  | 'ERR_METRICS_UNIT'
  | 'ERR_METRICS_CONFLICT'
  | 'ERR_METRICS_EXPORTER'
  | 'ERR_METRICS_PEER_MISSING'

/**
 * Thrown by `configure` when metrics cannot be set up. Nothing in the path of a request throws it.
 */
export class MetricsError extends CodedError<MetricsErrorCode> {
  override readonly name = 'MetricsError'
}

/** @param caller - the public function, without the package's name: `configure` */
export function checkFor(caller: string): OptionCheck<'ERR_METRICS_OPTION'> {
  return new OptionCheck('ERR_METRICS_OPTION', `metrics.${caller}`)
}
