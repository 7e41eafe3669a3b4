/** Why a ping failed, safe to show: one line, bounded, without credentials. */
export interface Failure {
  readonly message: string
  /** The `code` of the error (`ECONNREFUSED`, `ERR_HEALTH_TIMEOUT`), if it has one. */
  readonly code: string | undefined
}

// How much of a message is processed, before it is cut to its final length. Bounds the time that
// the expressions below take.
const maxRaw = 2_000

/** Describes whatever was thrown. Never throws, even if the getters of the value do. */
export function failureOf(error: unknown, maxLength: number): Failure {
  try {
    return { message: cut(clean(messageOf(error, 0)), maxLength), code: codeOf(error, 0) }
  } catch {
    return { message: 'failed with an error that cannot be read', code: undefined }
  }
}

function messageOf(error: unknown, depth: number): string {
  if (typeof error === 'string') return bounded(error)
  if (typeof error !== 'object' || error === null) return `threw ${String(error).slice(0, 100)}`
  const { message, cause, errors } = error as Record<string, unknown>
  const text = typeof message === 'string' ? bounded(message) : ''
  if (depth === 3) return text
  // 'fetch failed' says nothing, and an AggregateError of connection attempts has no message: the
  // useful messages are those of the causes.
  const causes = [cause, ...(Array.isArray(errors) ? errors.slice(0, 3) : [])]
    .filter((one) => one !== undefined && one !== null)
    .map((one) => messageOf(one, depth + 1))
    .filter((one, index, all) => one !== '' && !text.includes(one) && all.indexOf(one) === index)
    .join('; ')
  return [text, causes].filter(Boolean).join(': ') || codeOf(error, 0) || 'failed without a message'
}

function codeOf(error: unknown, depth: number): string | undefined {
  if (typeof error !== 'object' || error === null || depth === 3) return undefined
  const { code, cause, errors } = error as Record<string, unknown>
  if (typeof code === 'string' && /^\w{1,64}$/.test(code)) return code
  return codeOf(cause ?? (Array.isArray(errors) ? errors[0] : undefined), depth + 1)
}

// Cuts between words: half a URL could be one whose password is no longer recognized as such.
const bounded = (message: string) =>
  message.length <= maxRaw ? message : `${message.slice(0, maxRaw).replace(/\S*$/, '')}…`

const control = /[\p{C}\p{Zl}\p{Zp}\s]+/gu
// Up to the last @ before white space or a quote: a password may contain a raw / or @.
const userInfo = /(:\/\/)[^\s'"<>]*@/g
const query = /(:\/\/[^\s'"<>?]*\?)[^\s'"<>]*/g
const scheme = /\b(bearer|basic)\s+[\w.~+/=-]+/gi
const keyValue =
  /((?:passw(?:or)?d|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|authorization|credential|signature)[\w-]*["']?\s*[=:]\s*)(?:"[^"]*"?|'[^']*'?|[^\s,;&]+)/gi
const jwt = /\beyJ[\w-]+\.[\w.-]*/g

function clean(message: string): string {
  return bounded(message)
    .replace(control, ' ')
    .replace(userInfo, '$1***@')
    .replace(query, '$1***')
    .replace(scheme, '$1 ***')
    .replace(keyValue, '$1***')
    .replace(jwt, '***')
    .trim()
}

function cut(message: string, maxLength: number): string {
  if (message.length <= maxLength) return message
  // Do not split a surrogate pair.
  const end = /[\ud800-\udbff]/.test(message.charAt(maxLength - 2)) ? maxLength - 2 : maxLength - 1
  return `${message.slice(0, end)}…`
}
