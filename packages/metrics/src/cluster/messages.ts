import { deserialize, serialize } from 'node:v8'
import type { Snapshot } from './snapshot.ts'

/** What the processes of a cluster send each other, over the channel that Node opens for them. */
export type Message =
  /** To a worker: what have you measured? */
  | { readonly type: 'collect'; readonly timeoutMs: number }
  /** To the primary, as an answer; or unasked, as the last word of a worker. */
  | { readonly type: 'collected'; readonly snapshot: string; readonly isFinal: boolean }
  /** To the primary: what have all measured? */
  | { readonly type: 'scrape'; readonly id: number; readonly timeoutMs: number }
  /** To a worker, as an answer. Without a snapshot the primary has failed. */
  | { readonly type: 'scraped'; readonly id: number; readonly snapshot: string | undefined }

const key = '@clew/metrics/cluster/v1'

/** One key, so that listeners of the application can tell what is not for them. */
export const wrapped = (message: Message): Readonly<Record<string, Message>> => ({ [key]: message })

/** The message of this package in one of any origin, if it is one. */
export function messageIn(value: unknown): Message | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return (value as Readonly<Record<string, Message | undefined>>)[key]
}

// A text, whichever serialization the application has chosen for its cluster; JSON has no NaN.
export const packed = (snapshot: Snapshot): string => serialize(snapshot).toString('base64')

export const unpacked = (text: string): Snapshot => deserialize(Buffer.from(text, 'base64'))
