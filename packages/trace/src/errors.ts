import { CodedError } from '@clew/internal/errors/error'
import { OptionCheck } from '@clew/internal/options/check'

/** What went wrong, for programs to test. The README has a row for each code. */
export type TraceErrorCode = 'ERR_TRACE_OPTION' | 'ERR_TRACE_EXPORTER' | 'ERR_TRACE_PEER_MISSING'

/**
 * Why tracing could not be set up. Only {@link configure} throws it, never the path of a request.
 */
export class TraceError extends CodedError<TraceErrorCode> {
  override readonly name = 'TraceError'
}

/** Checks the options of one public function. */
export type Check = OptionCheck<'ERR_TRACE_OPTION'>

/** @param name - the public function, without the package: `configure` */
export const optionCheck = (name: string): Check =>
  new OptionCheck('ERR_TRACE_OPTION', `trace.${name}`)
