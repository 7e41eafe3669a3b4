/** Stands where something was cut off. */
export const marker = ' ... <truncated>'

/** At most `maxBytes` of UTF-8 of `text`, cut between characters, followed by a marker. */
export function cut(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text
  if (Buffer.byteLength(text) <= maxBytes) return text
  return startOf(text, maxBytes) + marker
}

/** At most `maxBytes` of the stack of an error: whole frames, dropped from its end. */
export function cutStack(stack: string, maxBytes: number): string {
  if (stack.length * 3 <= maxBytes || Buffer.byteLength(stack) <= maxBytes) return stack
  const start = startOf(stack, maxBytes)
  const end = start.lastIndexOf('\n')
  // Without a whole frame, a part of one says more than the marker.
  const hasFrame = end !== -1 && frame.test(start.slice(0, end))
  return hasFrame ? `${start.slice(0, end)}\n   ${marker}` : start + marker
}

const frame = /\n\s+at \S/

function startOf(text: string, maxBytes: number): string {
  // A copy by way of bytes: a slice would keep the whole string alive.
  const bytes = Buffer.from(text.slice(0, maxBytes))
  let end = Math.min(maxBytes, bytes.length)
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
