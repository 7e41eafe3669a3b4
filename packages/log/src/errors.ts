import { CodedError } from '@clew/internal/errors/error'
import { OptionCheck } from '@clew/internal/options/check'

export type LogErrorCode =
  /** An option has a value that it cannot have. A `TypeError`. */
  | 'ERR_LOG_OPTION'
  /** The file of an output could not be opened. */
  | 'ERR_LOG_OPEN'

/** An error of this package that is not the caller's mistake. Test its `code`. */
export class LogError extends CodedError<LogErrorCode> {
  override readonly name = 'LogError'
}

/** Checks the options of a public function, given as a user writes it: `log.http`. */
export const optionsOf = (caller: string): OptionCheck<LogErrorCode> =>
  new OptionCheck('ERR_LOG_OPTION', caller)

export type Check = OptionCheck<LogErrorCode>
