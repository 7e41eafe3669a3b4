import { fileSystem } from './file.ts'

const pauseMs = 10
/** So long a reader may take nothing. */
const patienceMs = 1000

/**
 * Writes on standard output (1) or standard error (2) right before the process exits: what a stream still holds is lost then.
 * Waits for a reader that is slow, up to a second without any progress; one that is gone, or a full disk, is nobody's fault.
 */
export function writeBeforeExit(descriptor: 1 | 2, text: string): void {
  withoutBlocking(descriptor)
  const bytes = Buffer.from(text)
  const never = new Int32Array(new SharedArrayBuffer(4))
  let written = 0
  let waitedMs = 0
  while (written < bytes.length && waitedMs < patienceMs) {
    try {
      written += fileSystem().writeSync(descriptor, bytes, written)
      waitedMs = 0
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(never, 0, 0, pauseMs)
      waitedMs += pauseMs
    }
  }
}

/** Node makes a pipe answer "not now" when its stream is made, which is when somebody asks for it; before, a full one blocks. */
function withoutBlocking(descriptor: 1 | 2): void {
  try {
    void (descriptor === 1 ? process.stdout : process.stderr)
  } catch {}
}
