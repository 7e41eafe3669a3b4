import type { Scheme } from '../policy/scheme.ts'

/** A Security Scheme Object of OpenAPI 3.1. */
export type SecuritySchemeObject = Readonly<Record<string, unknown>>

/** Names in Security Requirement Objects, which are keys of a Components Object. */
const keyOf = (name: string) => name.replace(/[^\w.-]/g, '_')

const describeScopes = ({ declared }: Scheme) =>
  Object.entries(declared).map(([scope, text]) => (text === '' ? scope : `${scope}: ${text}`))

/**
 * The Security Scheme Objects of a scheme, by their names: one for each place in which its
 * credential may be.
 */
export function securitySchemesOf(scheme: Scheme): Readonly<Record<string, SecuritySchemeObject>> {
  const { type, name, internals } = scheme
  const scopes = describeScopes(scheme)
  const description = scopes.length > 0 ? { description: `Scopes: ${scopes.join('; ')}` } : {}
  const key = keyOf(name)
  const bearer = { type: 'http', scheme: 'bearer', ...description }
  switch (type) {
    case 'basic':
      return { [key]: { type: 'http', scheme: 'basic', ...description } }
    case 'jwt':
    case 'oauth2':
      return { [key]: { ...internals.documentation, ...description } }
    case 'apiKey':
    case 'scheme': {
      if (internals.header === 'Authorization') return { [key]: bearer }
      const place = internals.isCookie ? 'cookie' : 'header'
      const own = {
        type: 'apiKey',
        in: place,
        name: internals.parameter ?? internals.header,
        ...description,
      }
      return internals.otherHeader === undefined
        ? { [key]: own }
        : { [key]: own, [`${key}_bearer`]: bearer }
    }
  }
}
