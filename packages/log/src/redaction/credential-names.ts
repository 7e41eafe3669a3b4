// Compared without case, '-', '_', '.' and spaces.
export const normalized = (name: string): string => name.replace(/[-_.\s]/g, '').toLowerCase()

const endings = [
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

const whole: ReadonlySet<string> = new Set([
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
  // Names and values by turns: what hides by name is blind to it.
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
const harmless: ReadonlySet<string> = new Set([
  'canceltoken',
  'cancellationtoken',
  'continuationtoken',
  'nextpagetoken',
  'nexttoken',
  'pagetoken',
])

// Only in query strings: signed URLs, OAuth codes.
const inQueries: ReadonlySet<string> = new Set([
  'auth',
  'code',
  'key',
  'sig',
  'signature',
  'xamzsignature',
  'xgoogsignature',
])

/** Whether a value of this name, normalized, is usually a credential. */
export function isCredential(name: string): boolean {
  if (whole.has(name)) return true
  return endings.some((ending) => name.endsWith(ending)) && !harmless.has(name)
}

/** The same for a parameter of a URL. */
export function isCredentialInQuery(name: string): boolean {
  return inQueries.has(name) || isCredential(name)
}
