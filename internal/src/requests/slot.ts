import type { IncomingMessage } from 'node:http'
import type { RequestRecord } from './contract.ts'

/** Where the record of a request is found. */
export const recordKey: unique symbol = Symbol.for('@clew/request/v1') as never

/** What has a record: by itself, by its prototype, or in the state of its stream. */
export interface Recorded {
  [recordKey]?: RequestRecord | undefined
  /** An object of one class, which Node makes for each request. */
  readonly _readableState?: { [recordKey]?: RequestRecord }
}

/** The record of a request, if a package has created one. */
export function findRecord(req: IncomingMessage): RequestRecord | undefined {
  const recorded = req as Recorded
  // Another copy of Express may have taken over the request, with prototypes of its own.
  return recorded[recordKey] ?? recorded._readableState?.[recordKey]
}
