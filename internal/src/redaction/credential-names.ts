// Which names usually hold a credential. There are three variants, because `KEY` in an environment
// variable and `code` in a query are credentials, but plain words as a log field.

/** Names are compared without case, `-`, `_`, `.` and white space. */
export const normalizedName = (name: string): string => name.replace(/[-_.\s]/g, '').toLowerCase()

const fieldEndings = [
  'accesskey',
  'apikey',
  'authorization',
  'cookie',
  'credential',
  'credentials',
  'passphrase',
  'passwd',
  'password',
  'privatekey',
  'secret',
  'token',
] as const

const fields: ReadonlySet<string> = new Set([
  'cardnumber',
  'connectionstring',
  'cookies',
  'creditcard',
  'cvc',
  'cvv',
  'encryptionkey',
  'jwt',
  'otp',
  'pass',
  'passwordhash',
  'passwords',
  'pwd',
  // Alternating names and values: redaction by name does not find names in there.
  'rawheaders',
  'secretkey',
  'secrets',
  'sessionid',
  'sid',
  'signedcookies',
  'signingkey',
  'ssn',
])

// Tokens for pagination, resumption and cancellation.
const harmlessTokens: ReadonlySet<string> = new Set([
  'canceltoken',
  'cancellationtoken',
  'continuationtoken',
  'nextpagetoken',
  'nexttoken',
  'pagetoken',
])

// Signed URLs and OAuth codes.
const parameters: ReadonlySet<string> = new Set(['auth', 'code', 'key', 'session'])

/** Whether a field of this normalized name usually holds a credential. */
export function isCredentialField(normalized: string): boolean {
  if (fields.has(normalized)) return true
  return (
    fieldEndings.some((ending) => normalized.endsWith(ending)) && !harmlessTokens.has(normalized)
  )
}

/** The same for a query parameter of a URL. */
export function isCredentialParameter(name: string): boolean {
  const normalized = normalizedName(name)
  if (harmlessTokens.has(normalized)) return false
  return parameters.has(normalized) || isCredentialField(normalized) || isCredentialVariable(name)
}

/** The same for an environment variable, or any name in upper case, snake case or camel case. */
export function isCredentialVariable(name: string): boolean {
  const candidate = name.replace(harmlessPattern, ' ')
  return (
    anywherePattern.test(candidate) ||
    wordPattern.test(candidate) ||
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
const wordPattern =
  /(?:^|[^a-z])(?:pass|pwd|pw|sig|signature|auth|authorization|bearer|cookie|jwt|dsn|hash|salt|pepper|assertion)(?![a-z])/i
/** Match at the end: STRIPE_KEY, AccountKey; but not "monkey". */
const keySuffixPattern = /(?:^|[^A-Za-z])[Kk][Ee][Yy][Ss]?$|[a-z0-9]Keys?$/
