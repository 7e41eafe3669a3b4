import type { IncomingMessage } from 'node:http'
import { findRecord } from '@clew/internal/requests/slot'
import type { RequestState } from '../requests/state.ts'

/** Headers that belong beside the response to a request that was let in. */
export type Beside = Readonly<Record<string, string>>

/** Where headers are set: Node's response is one. */
export interface HeaderTarget {
  getHeader(name: string): unknown
  setHeader(name: string, value: string): unknown
}

/** What the guard that has let the request in last wants beside its response. */
export function besideOf(req: IncomingMessage): Beside | undefined {
  return (findRecord(req)?.security as RequestState | undefined)?.beside
}

/** Sets them, unless the application has said itself how its response may be kept. */
export function putBeside(target: HeaderTarget, beside: Beside | undefined): void {
  if (beside === undefined || (target as { headersSent?: boolean }).headersSent) return
  for (const name in beside) {
    const value = beside[name] as string
    if (name === 'Vary') addVary(target, value)
    else if (name !== 'Cache-Control' || !target.getHeader(name)) target.setHeader(name, value)
  }
}

/** Names that the application has given itself stay. */
export function addVary(target: HeaderTarget, names: string): void {
  const before = target.getHeader('Vary')
  if (before === undefined || before === null || before === '') {
    target.setHeader('Vary', names)
    return
  }
  const known = String(before)
    .toLowerCase()
    .split(/\s*,\s*/)
  if (known.includes('*')) return
  const added = names.split(', ').filter((name) => !known.includes(name.toLowerCase()))
  if (added.length > 0) target.setHeader('Vary', [before, ...added].join(', '))
}
