const maxLength = 300

/** The message of anything thrown, on one line of at most 300 characters. Never throws. */
export function reasonOf(error: unknown): string {
  let text: string
  try {
    const message = (error as { readonly message?: unknown } | null | undefined)?.message
    text = typeof message === 'string' && message !== '' ? message : String(error)
  } catch {
    text = 'an error that cannot be read'
  }
  return text
    .slice(0, 4 * maxLength)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, maxLength)
}
