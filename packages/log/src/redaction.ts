export const REDACTED = '[redacted]'

/** What is hidden. */
export interface RedactOptions {
  /** Keys hidden at any depth, whatever their case, `-` and `_`. Added to the usual credential names. */
  readonly keys?: readonly string[]
  /**
   * Paths hidden, from the top of a line's fields: `user.card`, `headers.x-internal`, `*.pin`, `items.*.price`.
   * `*` is any one key or index.
   */
  readonly paths?: readonly string[]
  /** Whether the usual credential names are hidden. @defaultValue true */
  readonly credentials?: boolean
}

/** Rules for the keys below the current one: what is left of each path that matched so far. */
export type PathRules = readonly (readonly string[])[]

export interface Redaction {
  readonly paths: PathRules
  hides(key: string): boolean
}

// Compared without case, '-' and '_'.
const credentialNames = [
  'accesstoken',
  'apikey',
  'apitoken',
  'authorization',
  'authtoken',
  'bearertoken',
  'clientsecret',
  'connectionstring',
  'cookie',
  'credential',
  'credentials',
  'creditcard',
  'cardnumber',
  'csrftoken',
  'cvc',
  'cvv',
  'encryptionkey',
  'idtoken',
  'jwt',
  'passphrase',
  'passwd',
  'password',
  'passwordhash',
  'privatekey',
  'proxyauthorization',
  'pwd',
  'refreshtoken',
  'secret',
  'secretaccesskey',
  'secretkey',
  'sessionid',
  'sessiontoken',
  'setcookie',
  'sid',
  'signingkey',
  'ssn',
  'token',
  'xapikey',
  'xauthtoken',
  'xcsrftoken',
  'xxsrftoken',
] as const

// Only in query strings: signed URLs, OAuth codes.
const queryNames = ['sig', 'signature', 'code', 'key', 'auth', 'xamzsignature', 'xgoogsignature']

const normalized = (key: string) => key.replace(/[-_.\s]/g, '').toLowerCase()
const usualInQueries: ReadonlySet<string> = new Set<string>([...credentialNames, ...queryNames])
const maxCachedKeys = 1024

export function createRedaction(options: RedactOptions | false | undefined): Redaction {
  if (options === false) return { paths: [], hides: () => false }
  const names = new Set((options?.keys ?? []).map(normalized))
  if (options?.credentials ?? true) for (const name of credentialNames) names.add(name)
  const known = new Map<string, boolean>()
  return {
    paths: (options?.paths ?? []).map((path) => path.replace(/\[(\w+|\*)\]/g, '.$1').split('.')),
    hides(key) {
      let hidden = known.get(key)
      if (hidden === undefined) {
        hidden = names.has(normalized(key))
        if (known.size < maxCachedKeys) known.set(key, hidden)
      }
      return hidden
    },
  }
}

/** The rules that remain below `key`; `'hide'` when `key` itself is at the end of a path. */
export function below(rules: PathRules, key: string): PathRules | 'hide' {
  if (rules.length === 0) return rules
  const rest: string[][] = []
  for (const [first, ...others] of rules) {
    if (first !== '*' && first !== key) continue
    if (others.length === 0) return 'hide'
    rest.push(others)
  }
  return rest
}

/** A URL, or the path and query of one, without the values of credential-like parameters and without user:password. */
export function redactUrl(url: string): string {
  const at = url.indexOf('@')
  const bare = at === -1 ? url : url.replace(/^([a-z][a-z\d+.-]*:\/\/)[^/?#]*@/i, `$1${REDACTED}@`)
  const start = bare.indexOf('?')
  return start === -1 ? bare : bare.slice(0, start + 1) + redactQuery(bare.slice(start + 1))
}

export function redactQuery(query: string): string {
  return query.replace(/([^&#=]+)=([^&#]*)/g, (pair, name: string) =>
    usualInQueries.has(normalized(decoded(name))) ? `${name}=${REDACTED}` : pair,
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
