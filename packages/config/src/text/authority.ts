/** Their paths often contain an `@`: `https://example.com/@me`. */
const web = /^(?:https?|wss?)$/i

/**
 * Whether an `@` behind the authority of a URL may belong to its user information: a `/`, `?` or
 * `#` in a password that is not percent-encoded ends the authority too early, and the part before
 * it is taken for a host and a port. `postgres://app:12#34@db` then has the host `app` and the port
 * 12. A URL that means the `@` can write `%40`.
 * @param colon - where the scheme ends
 */
export function mayCutPassword(text: string, colon: number): boolean {
  const at = text.lastIndexOf('@')
  if (at < 0 || !text.startsWith('//', colon + 1)) return false
  const start = colon + 3
  const end = endOfAuthority(text, start)
  const scheme = text.slice(0, colon)
  // The URL of a file has no user information.
  if (at < end || /^file$/i.test(scheme)) return false
  if (!web.test(scheme)) return true
  const user = text.slice(start, end).lastIndexOf('@')
  // A host and a port, or a user and the start of a password.
  if (/:[0-9]*$/.test(text.slice(start + user + 1, end))) return true
  // `https://user:password@example.com/@me`, or a password with `@` and `/`.
  return user >= 0 && /[^/]@/.test(text.slice(end))
}

/** The index of the first `/`, `?` or `#`, or the end of the text. */
export function endOfAuthority(text: string, start: number): number {
  let end = start
  while (end < text.length && !'/?#'.includes(text.charAt(end))) end++
  return end
}

const escaped = 'percent-encode # / and ? in the user and the password, as %23, %2F and %3F'

/** What to do if {@link mayCutPassword}. */
export function escapeHint(text: string): string {
  return web.test(text.slice(0, text.indexOf(':'))) ? `${escaped}; elsewhere, @ is %40` : escaped
}
