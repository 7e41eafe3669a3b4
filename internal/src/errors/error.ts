/**
 * The base of each package's error class. Test `code`, not the class: each copy of a package has a
 * class of its own.
 */
export abstract class CodedError<Code extends string> extends Error {
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A caller's mistake: a `TypeError` with a `code`. */
export function mistake<Code extends string>(
  code: Code,
  message: string,
): TypeError & { readonly code: Code } {
  return Object.assign(new TypeError(message), { code })
}

/** The `code` of anything thrown; undefined if it has none. Never throws. */
export function codeOf(error: unknown): string | undefined {
  try {
    const code = (error as { readonly code?: unknown } | null | undefined)?.code
    return typeof code === 'string' ? code : undefined
  } catch {
    return undefined
  }
}
