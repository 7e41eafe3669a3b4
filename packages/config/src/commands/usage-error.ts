/** A wrong command line, or a file that cannot be used: printed as one line, with exit code 2. */
export class UsageError extends Error {
  readonly code = 'usage'
}
