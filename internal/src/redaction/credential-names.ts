// Which names say that what they hold is a credential. One list with three readings: what is a credential in the name of an
// environment variable (`KEY`) or of a query parameter (`code`) is a plain word in a field of a log line.

/** Compared without case, `-`, `_`, `.` and white space. */
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
  // Names and values in turn: redaction by name does not see into them.
  'rawheaders',
  'secretkey',
  'secrets',
  'sessionid',
  'sid',
  'signedcookies',
  'signingkey',
  'ssn',
])

// Where a page or a stream goes on, and what stops a call.
const harmlessTokens: ReadonlySet<string> = new Set([
  'canceltoken',
  'cancellationtoken',
  'continuationtoken',
  'nextpagetoken',
  'nexttoken',
  'pagetoken',
])

// Signed URLs, codes of OAuth.
const parameters: ReadonlySet<string> = new Set(['auth', 'code', 'key', 'session'])

/** Whether a field of this name, given in its normalized form, usually holds a credential. */
export function isCredentialField(normalized: string): boolean {
  if (fields.has(normalized)) return true
  return (
    fieldEndings.some((ending) => normalized.endsWith(ending)) && !harmlessTokens.has(normalized)
  )
}

/** The same for a parameter in the query of a URL. */
export function isCredentialParameter(name: string): boolean {
  const normalized = normalizedName(name)
  if (harmlessTokens.has(normalized)) return false
  return parameters.has(normalized) || isCredentialField(normalized) || isCredentialVariable(name)
}

/** The same for an environment variable, or any name written in capitals or words. */
export function isCredentialVariable(name: string): boolean {
  const telling = name.replace(harmlessVariables, ' ')
  return anywhere.test(telling) || asWord.test(telling) || asKey.test(telling)
}

/** A telling word that tells nothing here: numbers of tokens, keys that open nothing. */
const harmlessVariables =
  /secretar(?:y|ies|iat)|passwordless|(?:max|min|total)(?:imum)?[-_]?(?:[a-z]{1,16}[-_])?tokens(?![a-z])|(?:cache|foreign|idempotency|partition|primary|public|routing|shard|sort)[-_]?keys?(?![a-z])/gi
/** Wherever they stand: PGPASSWORD, clientSecret, X-Amz-Security-Token, AWS_SECRETACCESSKEY. A tokenizer has no token. */
const anywhere =
  /passw(?:or)?d|passphrase|secret|credential|connection[-_]?string|(?:api|access|auth|encryption|private|signing)[-_]?key|(?:token|cred)s?(?![a-z])/i
/** As a word only: a "compass" is no password, an "author" no authorization. */
const asWord =
  /(?:^|[^a-z])(?:pass|pwd|pw|sig|signature|auth|authorization|bearer|cookie|jwt|dsn|hash|salt|pepper|assertion)(?![a-z])/i
/** At the end: STRIPE_KEY, AccountKey. There is none in a "monkey". */
const asKey = /(?:^|[^A-Za-z])[Kk][Ee][Yy][Ss]?$|[a-z0-9]Keys?$/
