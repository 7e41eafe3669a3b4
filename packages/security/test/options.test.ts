import * as security from '@clew/security'
import { beforeAll, describe, expect, test } from '@jest/globals'

const anyone = security.noSecurity('test')
const issuer = {
  issuer: 'https://idp.test/',
  audience: 'api',
  jwks: { uri: 'https://idp.test/keys' },
}
const verify = () => true
const { record } = security.issueApiKey({ owner: 'reporting' })
let hash = ''
beforeAll(async () => {
  hash = await security.hashPassword('s3cret', { cost: 10 })
})

const create = (options: object) => security.create({ default: anyone, ...options })
const jwt = (options: object) => security.jwt('jwt', { issuers: [issuer], ...options })
const jwtOf = (options: object) => security.jwt('jwt', { issuers: [{ ...issuer, ...options }] })
const jwksOf = (options: object) => jwtOf({ jwks: { ...issuer.jwks, ...options } })
const basic = (options: object) => security.basic('basic', { verify, ...options })
const usersOf = (user: object) => security.basic('basic', { users: { ada: user as never } })
const apiKey = (options: object) => security.apiKey('key', { keys: [record], ...options })
const issue = (options: object) => security.issueApiKey({ owner: 'x', ...options })
const rotate = (options: object) => security.rotateApiKey(record, options)

/** The error of a call that throws or rejects. */
async function errorOf(run: () => unknown): Promise<{ readonly code: string; message: string }> {
  try {
    await run()
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return error as { code: string; message: string }
  }
  throw new Error('nothing was thrown')
}

describe('a misspelt option is refused', () => {
  test.each<[string, (options: object) => unknown, string]>([
    ['create', create, 'security.create: unknown option "nope"; the options are default, service'],
    [
      'failures',
      (failures) => create({ failures }),
      'security.create: unknown option "failures.nope"; the options are failures.max, failures.maxPerUser, failures.windowMs, failures.slowMs, failures.delayMs, failures.maxEntries, failures.maxWaiting, failures.store, failures.storeTimeoutMs',
    ],
    ['basic', basic, 'security.basic: unknown option "nope"; the options are verify, users'],
    [
      'a user',
      (user) => usersOf({ password: hash, ...user }),
      'security.basic: unknown option "users[\\"ada\\"].nope"; the options are users["ada"].password',
    ],
    [
      'apiKey',
      apiKey,
      'security.apiKey: unknown option "nope"; the options are in, name, prefix, keys',
    ],
    [
      'jwt',
      jwt,
      'security.jwt: unknown option "nope"; the options are issuers, scopes, roles, realm',
    ],
    ['an issuer', jwtOf, 'security.jwt: unknown option "issuers[0].nope"; the options are'],
    ['jwks', jwksOf, 'security.jwt: unknown option "issuers[0].jwks.nope"; the options are'],
    [
      'jwks with keys',
      (options) => jwtOf({ jwks: { keys: [], ...options } }),
      'security.jwt: unknown option "issuers[0].jwks.nope"; the options are issuers[0].jwks.keys',
    ],
    ['issueApiKey', issue, 'security.issueApiKey: unknown option "nope"; the options are owner'],
    ['rotateApiKey', rotate, 'security.rotateApiKey: unknown option "nope"; the options are'],
    [
      'hashPassword',
      (options) => security.hashPassword('x', options),
      'security.hashPassword: unknown option "nope"; the options are cost',
    ],
  ])('%s', async (_title, call, message) => {
    const { code, message: text } = await errorOf(() => call({ nope: 1 }))
    expect(code).toBe('ERR_SECURITY_OPTION')
    expect(text).toContain(message)
  })

  test('as it happened: trustedProxys', () => {
    expect(() => create({ trustedProxys: ['10.0.0.0/8'] })).toThrow(
      'security.create: unknown option "trustedProxys"; the options are default, service, https, trustedProxies, trustedOrigins, hsts, failures',
    )
  })
})

describe('an option that is undefined is its default', () => {
  const undefinedOnes = (...names: string[]) =>
    Object.fromEntries(names.map((name) => [name, undefined]))
  test.each<[string, () => unknown]>([
    ['create', () => create(undefinedOnes('service', 'https', 'trustedProxies', 'failures'))],
    [
      'failures',
      () =>
        create({
          failures: undefinedOnes(
            'max',
            'maxPerUser',
            'windowMs',
            'slowMs',
            'delayMs',
            'maxEntries',
            'maxWaiting',
            'store',
            'storeTimeoutMs',
          ),
        }),
    ],
    [
      'basic',
      () =>
        basic(
          undefinedOnes(
            'users',
            'scopes',
            'realm',
            'cacheMs',
            'cacheMax',
            'concurrency',
            'maxWaiting',
            'timeoutMs',
          ),
        ),
    ],
    [
      'apiKey',
      () => apiKey(undefinedOnes('in', 'name', 'prefix', 'store', 'scopes', 'realm', 'timeoutMs')),
    ],
    [
      'jwt',
      () =>
        jwt(
          undefinedOnes(
            'scopes',
            'realm',
            'clockToleranceMs',
            'maxLifetimeMs',
            'maxTokenBytes',
            'cacheMax',
            'revoked',
          ),
        ),
    ],
    [
      'an issuer',
      () =>
        jwtOf(
          undefinedOnes(
            'clients',
            'secret',
            'algorithms',
            'typ',
            'requiredClaims',
            'claims',
            'subjectClaims',
            'scopeClaims',
            'roleClaims',
          ),
        ),
    ],
    [
      'jwks',
      () =>
        jwksOf(
          undefinedOnes(
            'keys',
            'allowHttp',
            'maxAgeMs',
            'maxStaleMs',
            'cooldownMs',
            'timeoutMs',
            'maxBytes',
            'discover',
            'dispatcher',
          ),
        ),
    ],
    ['issueApiKey', () => issue(undefinedOnes('scopes', 'prefix', 'expiresInMs'))],
    ['rotateApiKey', () => rotate(undefinedOnes('overlapMs', 'prefix'))],
  ])('%s', (_title, call) => {
    expect(call).not.toThrow()
  })
})

describe('a wrong value: the function, the option, what it must be, what came', () => {
  const wrong: readonly [() => unknown, string][] = [
    [() => create({ https: 'on' }), 'https must be one of required, off; received "on"'],
    [() => create({ service: 'a"b' }), 'service must be 1 to 128 printable ASCII characters'],
    [() => create({ failures: 5 }), 'failures must be an object or false; received 5'],
    [
      () => create({ trustedProxies: null as never }),
      'trustedProxies must be an array of strings; received null',
    ],
    [
      () => create({ trustedProxies: 5 as never }),
      'trustedProxies must be an array of strings; received 5',
    ],
    [
      () => create({ trustedProxies: ['unix', 'unxi'] }),
      "trustedProxies[1] must be 'unix', or an IP address or a network such as 10.0.0.0/8",
    ],
    [() => basic({ verify: 1 }), 'verify must be a function; received 1'],
    [() => basic({ scopes: ['read'] }), 'scopes must be an object; received an array'],
    [
      () => basic({ scopes: { read: 1 } }),
      'scopes["read"] must be a string, the description; received 1',
    ],
    [() => security.basic('a"b', { verify }), 'the name of the scheme must be 1 to 128 printable'],
    [
      () => security.basic('basic', undefined as never),
      'options must have either verify or users; received neither',
    ],
    [() => apiKey({ store: {} }), 'options must have either keys or store; received both'],
    [
      () => security.apiKey('key', { store: {} as never }),
      'store must be an object with a method get; received an object',
    ],
    [() => jwt({ issuers: [] }), 'issuers must be an array of at least one issuer'],
    [() => jwt({ issuers: [undefined] }), 'issuers[0].issuer must be a non-empty string'],
    [
      () => jwt({ issuers: [issuer, issuer] }),
      'issuers[1].issuer must be different from the issuers before it; received "https://idp.test/"',
    ],
    [() => jwt({ revoked: true }), 'revoked must be a function; received true'],
    [() => jwtOf({ audience: [] }), 'issuers[0].audience must be a non-empty string, or an array'],
    [
      () => jwtOf({ typ: 'JWT' }),
      'issuers[0].typ must be one of at+jwt, access, any; received "JWT"',
    ],
    [() => jwtOf({ algorithms: ['none'] }), 'issuers[0].algorithms[0] must be one of Ed25519'],
    [() => jwtOf({ algorithms: [] }), 'issuers[0].algorithms must be an array of at least one'],
    [() => jwtOf({ scopeClaims: 'scope' }), 'issuers[0].scopeClaims must be an array of strings'],
    [
      () => jwtOf({ jwks: undefined, secret: 'x'.repeat(32), algorithms: ['ES256'] }),
      "issuers[0].algorithms must be ['HS256'] or left out, beside secret; received an array",
    ],
    [
      () => jwtOf({ jwks: undefined }),
      'issuers[0] must have either jwks or secret; received neither',
    ],
    [() => jwtOf({ clients: [] }), 'issuers[0].clients must be a non-empty string, or an array'],
    [
      () => jwtOf({ roleClaims: [['a', 7]] }),
      'issuers[0].roleClaims must be an array of claims, each a string or an array of strings',
    ],
    [
      () => jwtOf({ claims: { a: {} } }),
      'issuers[0].claims["a"] must be a string, a finite number',
    ],
    [() => jwt({ roles: ['admin'] }), 'roles must be an object; received an array'],
    [() => jwksOf({ allowHttp: 'yes' }), 'issuers[0].jwks.allowHttp must be true or false'],
    [() => jwksOf({ maxAgeMs: 1 }), 'issuers[0].jwks.maxAgeMs must be an integer from 1000'],
    [
      () => jwtOf({ jwks: { keys: 'x' } }),
      'issuers[0].jwks.keys must be an array of public keys that may verify signatures; received "x"',
    ],
    [() => jwtOf({ jwks: { keys: [] } }), '; received no usable key'],
    [() => issue({ owner: 7 }), 'owner must be a string of 1 to 256 characters; received 7'],
    [() => issue({ scopes: 'a' }), 'scopes must be an array of strings; received "a"'],
    [() => rotate({ overlapMs: -1 }), 'overlapMs must be an integer from 0 to 2592000000'],
  ]
  test.each(wrong.map(([call, message]) => ({ call, message })))(
    '$message',
    async ({ call, message }) => {
      const { code, message: text } = await errorOf(call)
      expect(code).toBe('ERR_SECURITY_OPTION')
      expect(text).toMatch(/^security\.(create|basic|apiKey|jwt|issueApiKey|rotateApiKey): /)
      expect(text).toContain(message)
    },
  )

  const others: readonly [() => unknown, string, string][] = [
    [
      () => security.create({} as never),
      'ERR_SECURITY_POLICY',
      'security.create: default must be a policy (a scheme, scheme.scopes(…), anyOf, allOf or noSecurity); received undefined',
    ],
    [
      () => create({}).method('list', {} as never),
      'ERR_SECURITY_POLICY',
      'api.method: policy of "list" must be a policy (a scheme, scheme.scopes(…), anyOf, allOf or noSecurity); received an object',
    ],
    [
      () => (security.anyOf as () => unknown)(),
      'ERR_SECURITY_POLICY',
      'security.anyOf: policies must be at least one policy; received none',
    ],
    [
      () => security.allOf(basic({}), anyone as never),
      'ERR_SECURITY_POLICY',
      'security.allOf: policies[1] must be a policy that asks for a credential; received noSecurity, which would cancel the others',
    ],
    [
      () => security.create({ default: security.anyOf(basic({}), basic({})) }),
      'ERR_SECURITY_POLICY',
      'security.create: each scheme of an API must have a name of its own; received two named "basic"',
    ],
    [
      () => basic({ scopes: { read: '', write: '' } }).scopes('raed' as never),
      'ERR_SECURITY_SCOPE',
      'scheme.scopes: scopes[0] must be a scope that the scheme "basic" declares (read, write); received "raed"',
    ],
    [
      () => create({}).method('a"b'),
      'ERR_SECURITY_OPTION',
      'api.method: name must be 1 to 128 printable ASCII characters without quotes and backslashes; received "a\\"b"',
    ],
    [
      () => create({}).protect(5),
      'ERR_SECURITY_APP_UNKNOWN',
      'api.protect: app must be an Express application or router, or protected by an adapter or by security.handler(guard, …); received 5',
    ],
  ]
  test.each(others.map(([call, code, message]) => ({ call, code, message })))(
    '$message',
    async ({ call, code, message }) => {
      expect(await errorOf(call)).toMatchObject({ code, message })
    },
  )
})

describe('what may be a secret is never shown', () => {
  const secret = 'hunter2'
  test.each<[string, () => unknown]>([
    ['a password to hash', () => security.hashPassword(secret.repeat(200))],
    ['a hash to verify', () => security.verifyPassword('x', secret)],
    ['a password to verify', () => security.verifyPassword([secret] as never, hash)],
    ['a user', () => usersOf(secret as never)],
    ['the password of a user', () => usersOf({ password: secret })],
    ['users', () => security.basic('basic', { users: [secret] as never })],
    ['the secret of an issuer', () => jwtOf({ jwks: undefined, secret })],
    ['a key instead of its record', () => apiKey({ keys: [secret] })],
    ['a key instead of the records', () => apiKey({ keys: secret })],
    ['a private key', () => jwtOf({ jwks: { keys: [{ kty: 'oct', k: secret }] } })],
    ['credentials in a URL', () => jwksOf({ uri: `https://u:${secret}@idp.test/` })],
    ['credentials in what is not a URL', () => jwksOf({ uri: `https://u:${secret}@` })],
  ])('%s', async (_title, call) => {
    const { code, message } = await errorOf(call)
    expect(code).toBe('ERR_SECURITY_OPTION')
    expect(message).not.toContain(secret)
  })
})
