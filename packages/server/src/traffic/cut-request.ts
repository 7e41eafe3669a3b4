import type { CutRequest } from '../lifecycle/report.ts'
import type { ActiveRequest } from './active-request.ts'
import { shownPath } from './shown-path.ts'

/** How many a report lists. */
export const maxListed = 100

/** A request as a report lists it, once its response has ended. */
export function cutRequestOf(
  { record: { req, verdict } }: ActiveRequest,
  ageMs: number,
): CutRequest {
  return {
    method: req.method ?? '',
    path: shownPath(req),
    ageMs: Math.round(ageMs),
    responding: verdict?.status !== undefined,
  }
}
