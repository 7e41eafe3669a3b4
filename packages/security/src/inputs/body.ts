import { deadline } from '../limits/deadline.ts'
import { queryOf } from './fields.ts'
import { isForm, isJson, type MediaType } from './media-type.ts'

/** The bytes of a body, or why there are none. */
export type Bytes =
  | { readonly bytes: Uint8Array }
  | { readonly fault: 'too_large' | 'timed_out' | 'gone' }

/** Reads a body of at most `maxBytes` within `timeoutMs`. What exceeds them stays unread. */
export async function readBody(
  stream: AsyncIterable<Uint8Array>,
  { maxBytes, timeoutMs }: { readonly maxBytes: number; readonly timeoutMs: number },
): Promise<Bytes> {
  const signal = AbortSignal.timeout(timeoutMs)
  // By hand: leaving a loop early would destroy the request, with the socket of the response.
  const chunks = stream[Symbol.asyncIterator]()
  const read: Uint8Array[] = []
  let length = 0
  try {
    for (;;) {
      const { done, value } = await deadline(
        () => chunks.next() as Promise<IteratorResult<Uint8Array>>,
        signal,
      )
      if (done)
        return { bytes: read.length === 1 ? (read[0] as Uint8Array) : Buffer.concat(read, length) }
      length += value.byteLength
      if (length > maxBytes) return { fault: 'too_large' }
      read.push(value)
    }
  } catch {
    return { fault: signal.aborted ? 'timed_out' : 'gone' }
  }
}

/** The value of a body; undefined if it is not what its type says. */
export function parseBody(
  bytes: Uint8Array,
  type: MediaType,
): { readonly value: unknown } | undefined {
  try {
    if (isJson(type)) return { value: JSON.parse(decode(bytes)) }
    if (isForm(type)) return { value: queryOf(`?${decode(bytes)}`) }
    return { value: bytes }
  } catch {
    return undefined
  }
}

/** @throws TypeError if it is not UTF-8 */
const decode = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(bytes)
