/** A mistake of whoever typed a command, or a file that cannot be used: one line, exit code 2. */
export class UsageError extends Error {
  readonly code = 'usage'
}
