import { state } from '../instruments/state.ts'
import type { Reports } from './reports.ts'

/** Ends what one `configure` set up, so that another one may follow. */
export function release(reports: Reports): void {
  const shared = state()
  delete shared.reportOnce
  delete shared.maxValueLength
  delete shared.provider
  delete shared.series
  shared.full.clear()
  reports.close()
}
