import { fileSystem } from './file.ts'

const pauseMs = 10
/** How long the reader may make no progress. */
const patienceMs = 1000

/**
 * Writes to standard output (1) or standard error (2) right before the process exits, when what a
 * stream still buffers would be lost. Waits for a slow reader for up to a second without progress.
 * Ignores a closed pipe and a full disk.
 */
export function writeBeforeExit(descriptor: 1 | 2, text: string): void {
  makeNonBlocking(descriptor)
  const bytes = Buffer.from(text)
  const neverNotified = new Int32Array(new SharedArrayBuffer(4))
  let written = 0
  let waitedMs = 0
  while (written < bytes.length && waitedMs < patienceMs) {
    try {
      written += fileSystem().writeSync(descriptor, bytes, written)
      waitedMs = 0
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(neverNotified, 0, 0, pauseMs)
      waitedMs += pauseMs
    }
  }
}

/**
 * Node makes a pipe non-blocking when it creates its stream, on first access. Before, writing to a
 * full one blocks.
 */
function makeNonBlocking(descriptor: 1 | 2): void {
  try {
    void (descriptor === 1 ? process.stdout : process.stderr)
  } catch {}
}
