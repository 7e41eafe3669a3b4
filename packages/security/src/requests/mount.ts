import type { IncomingMessage } from 'node:http'
import type { RequestState } from './state.ts'

/** Express: the path below which the current router is mounted. */
export const mountPathOf = (req: IncomingMessage): string =>
  (req as { baseUrl?: string }).baseUrl ?? ''

/** Whether a guard outside of any route covers the place where the request is now. */
export function isCovered({ covered }: RequestState, req: IncomingMessage): boolean {
  if (covered === undefined) return false
  const path = mountPathOf(req)
  return covered === '' || path === covered || path.startsWith(`${covered}/`)
}
