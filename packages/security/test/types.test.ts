import type { IncomingMessage } from 'node:http'
import * as security from '@clew/security'
import { expect, test } from '@jest/globals'

/** Fails to compile unless the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <_ extends true>(): void => {}

// Never run: `tsc` checks it, with everything in this package.
export function typesFollowFromThePolicy(req: IncomingMessage): void {
  const key = security.apiKey('key', { keys: [], scopes: { read: '', write: '' } })
  const jwt = security.jwt('jwt', {
    issuers: [{ issuer: 'i', audience: 'a', secret: 's' }],
    scopes: { admin: '' },
    roles: { auditor: '' },
  })
  const session = security.scheme('session', {
    authenticate: () => ({ subject: 'a', claims: { tenant: 't' } }),
  })
  type Key = security.Principal<'key'>
  type Jwt = security.TokenPrincipal<'jwt'>
  type Session = security.Principal<'session', { tenant: string }>
  const api = security.create({ default: key.scopes('read') })

  const byDefault = api.method('a')
  same<Same<ReturnType<typeof byDefaultPrincipal>, Key>>()
  const byDefaultPrincipal = () => security.principal(req, byDefault)
  const any = api.method('b', security.anyOf(key, jwt.scopes('admin'), session))
  const anyPrincipal = () => security.principal(req, any)
  same<Same<ReturnType<typeof anyPrincipal>, Key | Jwt | Session>>()
  const found = security.principal(req, any)
  if (found.scheme === 'session') same<Same<typeof found.claims.tenant, string>>()
  const all = api.method('c', security.allOf(session, security.anyOf(key, jwt)))
  type All = security.PrincipalsOf<typeof all>
  same<Same<All, readonly [Session, Key] | readonly [Session, Jwt]>>()
  const nobody = api.method('d', security.noSecurity('test'))
  same<Same<security.PrincipalsOf<typeof nobody>, readonly []>>()
  const service = api.service('s', jwt)
  const inherited = service.method('e')
  same<Same<security.PrincipalsOf<typeof inherited>, readonly [Jwt]>>()
  const bySession = security.principal(req, session)
  same<Same<typeof bySession, Session | undefined>>()
  const needs = jwt
    .scopes('admin')
    .roles('auditor')
    .claims({ tier: ['gold', 'platinum'] })
  same<Same<security.PrincipalsOf<typeof needs>, readonly [Jwt]>>()
  jwt.claims('of age', (claims) => Number(claims['age']) >= 18).scopes('admin')
  const plain: security.Guard = any
  const policy: security.Policy = security.allOf(session, key)
  void [plain, policy]

  // @ts-expect-error -- a misspelt scope
  key.scopes('raed')
  // @ts-expect-error -- a scope of another scheme
  jwt.scopes('read')
  // @ts-expect-error -- a misspelt role
  jwt.roles('auditer')
  // @ts-expect-error -- a role of a scheme that has none
  key.roles('auditor')
  // @ts-expect-error -- a scope of another scheme, further on
  jwt.roles('auditor').scopes('read')
  // @ts-expect-error -- a value that no claim can have, exactly
  jwt.claims({ tier: { name: 'gold' } })
  // @ts-expect-error -- no scope
  key.scopes()
  // @ts-expect-error -- a scheme without scopes
  session.scopes('read')
  // @ts-expect-error -- nothing is enough
  security.anyOf()
  // @ts-expect-error -- nothing is needed
  security.allOf()
  // @ts-expect-error -- everybody, or whoever
  security.anyOf(key, security.noSecurity('test'))
  // @ts-expect-error -- no users
  security.basic('basic', {})
  // @ts-expect-error -- no keys
  security.apiKey('key', {})
  // @ts-expect-error -- no issuers
  security.jwt('jwt', {})
  // @ts-expect-error -- nothing that authenticates
  security.scheme('own', {})
  // @ts-expect-error -- a result that is no identity
  security.scheme('own', { authenticate: () => ({ name: 'a' }) })
  // @ts-expect-error -- no default
  security.create({})
  // @ts-expect-error -- no reason
  security.noSecurity()
}

test('the types of principals follow from the policies', () => {
  expect(typesFollowFromThePolicy).toBeInstanceOf(Function)
})
