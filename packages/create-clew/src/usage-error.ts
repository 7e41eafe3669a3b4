/** A wrong command line, or a folder that cannot be used: printed as one line, with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
