import type { Check } from '../../options.ts'

/** Where a client gets a token, for documentation: an OAuth Flow Object of OpenAPI, without scopes. */
export interface OAuth2Flow {
  readonly authorizationUrl?: string
  readonly tokenUrl?: string
  readonly refreshUrl?: string
}

/** The ways to a token, for documentation. */
export interface OAuth2Flows {
  readonly authorizationCode?: OAuth2Flow
  readonly clientCredentials?: OAuth2Flow
  /** Browsers should use `authorizationCode` (RFC 9700, section 2.1.2). */
  readonly implicit?: OAuth2Flow
  /** Must not be used any more (RFC 9700, section 2.4). */
  readonly password?: OAuth2Flow
}

/** What OpenAPI requires of each flow. */
const required = {
  authorizationCode: ['authorizationUrl', 'tokenUrl'],
  clientCredentials: ['tokenUrl'],
  implicit: ['authorizationUrl'],
  password: ['tokenUrl'],
} as const

const flowNames = ['authorizationCode', 'clientCredentials', 'implicit', 'password'] as const
const urlNames = ['authorizationUrl', 'tokenUrl', 'refreshUrl'] as const

/** Reads the option `flows`: the flows of a Security Scheme Object of OpenAPI. */
export function flowsOption(
  check: Check,
  value: OAuth2Flows,
  scopes: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> {
  const given = check.options('flows', value, flowNames)
  const flows: Record<string, unknown> = {}
  for (const name of flowNames) {
    const flow = given[name]
    if (flow === undefined) continue
    const urls = check.options(`flows.${name}`, flow, urlNames)
    for (const url of urlNames) {
      const isNeeded = (required[name] as readonly string[]).includes(url)
      if (urls[url] === undefined && !isNeeded) continue
      if (!URL.canParse(String(urls[url]))) {
        throw check.error(`flows.${name}.${url}`, 'a URL', urls[url])
      }
    }
    flows[name] = Object.freeze({ ...urls, scopes: Object.freeze({ ...scopes }) })
  }
  if (Object.keys(flows).length === 0) throw check.error('flows', 'at least one flow', value)
  return Object.freeze(flows)
}
