/** Bytes to write: a chunk of lines, or what is left of one that did not go out, or only in part. */
export interface Chunk {
  readonly bytes: Buffer
  /** How many lines it says are missing, if it is the line that says so. */
  readonly said: number
  /** It is left of a chunk, and the beginning of its first line is written. */
  readonly begun: boolean
  /** Its lines are counted as lost already. */
  readonly counted: boolean
}

// One for all writers: a chunk is handed over before the next one is made.
const scratch = Buffer.allocUnsafeSlow(65_536)

/** Good until the next one is made. */
export function chunkOf(text: string, said = 0): Chunk {
  const fits = text.length * 3 <= scratch.length
  const bytes = fits ? scratch.subarray(0, scratch.write(text)) : Buffer.from(text)
  return { bytes, said, begun: false, counted: false }
}

/** What is left behind the first `written` bytes. Owns its bytes: the chunk's may be in a buffer that the next one overwrites. */
export function remainderOf(chunk: Chunk, written: number): Chunk | undefined {
  const { bytes, said, counted } = chunk
  if (written === bytes.length) return undefined
  const begun = written === 0 ? chunk.begun : bytes[written - 1] !== 0x0a
  return { bytes: Buffer.from(bytes.subarray(written)), said, begun, counted }
}

/** What must stay of a remainder that is given up: the end of a line whose beginning is written, or the next line would be glued to it. */
export function endOfLine(chunk: Chunk): Chunk | undefined {
  if (!chunk.begun) return undefined
  // The line that says what is missing stays whole: as long as it may still arrive, it has been said.
  if (chunk.said > 0) return chunk
  const bytes = chunk.bytes.subarray(0, chunk.bytes.indexOf(0x0a) + 1)
  return { bytes, said: 0, begun: true, counted: true }
}

/** How many lines are lost when the chunk does not go out. */
export function linesOf(chunk: Chunk): number {
  return chunk.counted || chunk.said > 0 ? 0 : linesIn(chunk.bytes)
}

export function linesIn(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) lines++
  return lines
}
