const heard = new WeakSet<object>()

/**
 * Writes one line to stderr. Never throws, and from the first line on errors of the stream are
 * ignored: unless somebody listens to them, a closed pipe (EPIPE) ends the process. `Console` with
 * `ignoreErrors` does not prevent that.
 */
export function writeStderr(line: string): void {
  try {
    const { stderr } = process
    if (!heard.has(stderr)) {
      heard.add(stderr)
      stderr.on('error', () => {})
    }
    stderr.write(`${line}\n`)
  } catch {
    // There is nowhere else to write to.
  }
}
