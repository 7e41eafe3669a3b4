/** Exit codes, the same for all commands. */
export const exitCodes = {
  done: 0,
  /** The installation failed, or `--strict` found something. */
  failed: 1,
  /** A wrong command line, or a folder that cannot be used. */
  usage: 2,
  /** The place for some lines was not found: what to add, and where, is printed. */
  byHand: 3,
  /** Ctrl-C at a question. */
  cancelled: 130,
} as const
