// Which names usually hold a credential: one list for all packages. Beyond it, `KEY` in an environment
// variable and `code` in a query are credentials, but plain words as a log field.

/** Names are compared without case, `-`, `_`, `.` and white space. */
export const normalizedName = (name: string): string => name.replace(/[-_.\s]/g, '').toLowerCase()

/** What a credential is called, with anything before it: `db_password`, `stripeApiKey`. */
const stems =
  /pass(?:phrase|code|w(?:or)?d(?!less))|secret(?!ar(?:y|ies|iat))|credential|token(?!i[sz]|less)|authori[sz]ation|cookie(?!less)|bearer|connectionstring|(?:access|account|api|auth|consumer|cookie|decryption|deploy|encryption|hmac|jwt|license|master|private|server|service|session|shared|sharedaccess|signing|ssh|ssl|storage|subscription|tls)key|sessionid|creditcard|cardnumber|raw(?:headers|trailers)/g

/** Words that hold a credential where a name consists of them or ends with them: `dbPass`. */
const words = 'auth|creds?|cvc|cvv|dsn|jwt|otp|pass|pw|pwd|ssn'
const wordPattern = new RegExp(`(?:^|[^a-z])(?:${words})s?\\d*$|^(?:connect\\.)?sid$`, 'i')
const camelPattern = new RegExp(
  `[a-z\\d](?:${words.replace(/(^|[|])[a-z]/g, (start) => start.toUpperCase())})s?\\d*$`,
)

/**
 * What follows the name of a credential where the whole is something else: `token_type`,
 * `passwordResetRequired`, `TokenExpiredError`.
 */
const harmlessEnding =
  /^s?(?:age|alg(?:orithm)?|at|attempts|banner|bucket|budget|changed?|client|consent|controller|cost|counts?|created|date|dir|disabled|domain|enabled|endpoint|errors?|exception|exists|expir(?:ed|es|y|ation)|factory|failed|failures?|file|format|guard|handler|httponly|ids?|in|index|invalid|is|issued|issuer|kind|len(?:gth)?|limits?|manager|middleware|missing|module|ms|names?|on|parser|path|plans?|policy|position|present|provider|rate|remaining|repository|required|reset|revoked|rotat(?:ed|ion)|samesite|score|seconds|secure|service|set|size|source|state|status|store|strategy|strength|timeout|time|ttl|types?|updated|uri|url|usage|used|valid(?:ity)?|verified|version|warning)+$/
const maxEnding = 40

// Tokens for pagination, resumption and cancellation; numbers of tokens.
const harmlessTokens =
  /^(?:cancel|cancellation|continuation|next|page|nextpage)tokens?$|(?:cached?|completion|input|max|num|output|prompt|reasoning|total|^min)tokens$/

// Signed URLs and OAuth codes.
const parameters: ReadonlySet<string> = new Set(['auth', 'code', 'key', 'session'])

/**
 * Whether a field of this name usually holds a credential. Less than for a variable: `key`, `hash`
 * and `signature` are plain words in a log, and so is what ends in one such as `count` or `type`.
 */
export function isCredentialField(name: string): boolean {
  const normalized = normalizedName(name)
  if (harmlessTokens.test(normalized)) return false
  if (wordPattern.test(name) || camelPattern.test(name)) return true
  let ending: string | undefined
  for (const { 0: stem, index } of normalized.matchAll(stems)) {
    ending = normalized.slice(index + stem.length)
    // The id of a secret is one.
    if (stem === 'secret' && ending === 'id') return true
  }
  if (ending === undefined || /(?:error|exception)s?$/.test(ending)) return false
  return ending.length > maxEnding || !harmlessEnding.test(ending)
}

/** Whether a value under the name of credentials is how many there are: `tokens: 512`. */
export function isNumberOf(name: string, value: unknown): boolean {
  return typeof value === 'number' && plural.test(normalizedName(name))
}

const plural = /(?:cookie|credential|key|password|secret|token)s$/

/** The same for a query parameter of a URL. */
export function isCredentialParameter(name: string): boolean {
  const normalized = normalizedName(name)
  if (harmlessTokens.test(normalized)) return false
  return parameters.has(normalized) || isCredentialVariable(name)
}

/** The same for an environment variable, or any name in upper case, snake case or camel case. */
export function isCredentialVariable(name: string): boolean {
  if (isCredentialField(name)) return true
  const candidate = name.replace(harmlessPattern, ' ')
  return (
    anywherePattern.test(candidate) ||
    variableWordPattern.test(candidate) ||
    keySuffixPattern.test(candidate)
  )
}

/** Contain a credential word but hold none: token counts, and keys that are not secret. */
const harmlessPattern =
  /secretar(?:y|ies|iat)|passwordless|(?:max|min|total)(?:imum)?[-_]?(?:[a-z]{1,16}[-_])?tokens(?![a-z])|(?:cache|foreign|idempotency|partition|primary|public|routing|shard|sort)[-_]?keys?(?![a-z])/gi
/**
 * Match anywhere: PGPASSWORD, clientSecret, X-Amz-Security-Token, AWS_SECRETACCESSKEY; but not
 * "tokenizer".
 */
const anywherePattern =
  /passw(?:or)?d|passphrase|secret|credential|connection[-_]?string|(?:api|access|auth|encryption|private|signing)[-_]?key|(?:token|cred)s?(?![a-z])/i
/** Match as whole words only, not "compass" or "author". */
const variableWordPattern =
  /(?:^|[^a-z])(?:pass|pwd|pw|sig|signature|auth|authorization|bearer|cookie|jwt|dsn|hash|salt|pepper|assertion)(?![a-z])/i
/** Match at the end: STRIPE_KEY, AccountKey; but not "monkey". */
const keySuffixPattern = /(?:^|[^A-Za-z])[Kk][Ee][Yy][Ss]?$|[a-z0-9]Keys?$/
