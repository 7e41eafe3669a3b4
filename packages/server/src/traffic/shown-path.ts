import type { IncomingMessage } from 'node:http'
import { pathOf } from '@clew/internal/requests/target'

const maxPathLength = 200

/** The path for logs and reports: without query and fragment, at most 200 characters. */
export function shownPath(req: IncomingMessage): string {
  const path = pathOf(req)
  const end = path.indexOf('#')
  return (end < 0 ? path : path.slice(0, end)).slice(0, maxPathLength)
}
