/** Why a ping failed, in a form that may be shown: one line, bounded, without credentials. */
export interface Failure {
  readonly message: string
  /** The error's own `code` (`ECONNREFUSED`, `ERR_HEALTH_TIMEOUT`), where it has one. */
  readonly code: string | undefined
}

// What is looked at of one message, before it is cut to its final length. Bounds the time of the expressions below.
const maxRaw = 2_000

/** Describes whatever was thrown. Never throws itself, whatever the value's getters do. */
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
  const own = typeof message === 'string' ? bounded(message) : ''
  if (depth === 3) return own
  // 'fetch failed' says nothing and an AggregateError of connect attempts has no message: what helps is below them.
  const below = [cause, ...(Array.isArray(errors) ? errors.slice(0, 3) : [])]
    .filter((one) => one !== undefined && one !== null)
    .map((one) => messageOf(one, depth + 1))
    .filter((one, index, all) => one !== '' && !own.includes(one) && all.indexOf(one) === index)
    .join('; ')
  return [own, below].filter(Boolean).join(': ') || codeOf(error, 0) || 'failed without a message'
}

function codeOf(error: unknown, depth: number): string | undefined {
  if (typeof error !== 'object' || error === null || depth === 3) return undefined
  const { code, cause, errors } = error as Record<string, unknown>
  if (typeof code === 'string' && /^\w{1,64}$/.test(code)) return code
  return codeOf(cause ?? (Array.isArray(errors) ? errors[0] : undefined), depth + 1)
}

// Without its last word when it is cut: half a URL could be one whose password is no longer recognized as such.
const bounded = (message: string) =>
  message.length <= maxRaw ? message : `${message.slice(0, maxRaw).replace(/\S*$/, '')}…`

const control = /[\p{C}\p{Zl}\p{Zp}\s]+/gu
// Up to the last @ before a blank or quote: a password with a raw / or @ in it is covered too.
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
  // Not between the halves of a surrogate pair.
  const end = /[\ud800-\udbff]/.test(message.charAt(maxLength - 2)) ? maxLength - 2 : maxLength - 1
  return `${message.slice(0, end)}…`
}
