/** Bytes to write: a chunk of lines, or the rest of one that was not written, or only in part. */
export interface Chunk {
  readonly bytes: Buffer
  /** How many lines it reports as missing, if it is the line that reports them. */
  readonly reported: number
  /** It is the rest of a chunk, and the beginning of its first line is written. */
  readonly begun: boolean
  /** Its lines are counted as lost already. */
  readonly counted: boolean
}

// One for all writers: a chunk is handed over before the next one is made.
const scratch = Buffer.allocUnsafeSlow(65_536)

/** Valid until the next one is made. */
export function chunkOf(text: string, reported = 0): Chunk {
  const fits = text.length * 3 <= scratch.length
  const bytes = fits ? scratch.subarray(0, scratch.write(text)) : Buffer.from(text)
  return { bytes, reported, begun: false, counted: false }
}

/**
 * The rest after the first `written` bytes. Owns its bytes: the chunk's may be in a buffer that the
 * next one overwrites.
 */
export function remainderOf(chunk: Chunk, written: number): Chunk | undefined {
  const { bytes, reported, counted } = chunk
  if (written === bytes.length) return undefined
  const begun = written === 0 ? chunk.begun : bytes[written - 1] !== 0x0a
  return { bytes: Buffer.from(bytes.subarray(written)), reported, begun, counted }
}

/**
 * What must stay of a remainder that is given up: the end of a line whose beginning is written, or
 * the next line would be joined to it.
 */
export function endOfLine(chunk: Chunk): Chunk | undefined {
  if (!chunk.begun) return undefined
  // The line that reports losses stays whole: as long as it may still arrive, they are reported.
  if (chunk.reported > 0) return chunk
  const bytes = chunk.bytes.subarray(0, chunk.bytes.indexOf(0x0a) + 1)
  return { bytes, reported: 0, begun: true, counted: true }
}

/** How many lines are lost when the chunk is not written. */
export function linesOf(chunk: Chunk): number {
  return chunk.counted || chunk.reported > 0 ? 0 : linesIn(chunk.bytes)
}

export function linesIn(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) lines++
  return lines
}
