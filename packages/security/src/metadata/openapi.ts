import { isDeepStrictEqual } from 'node:util'
import { mistake } from '@clew/internal/errors/error'
import { show } from '@clew/internal/errors/show'
import type { SecurityErrorCode } from '../errors.ts'
import { optionCheck } from '../options.ts'
import type { Policy } from '../policy/policy.ts'
import type { Scheme } from '../policy/scheme.ts'
import type { AuditRow } from '../routes/audit-row.ts'
import { pathTemplate, shapeOf } from './paths.ts'
import { requirementsOf, type SecurityRequirement } from './requirements.ts'
import { type SecuritySchemeObject, securitySchemesOf } from './security-schemes.ts'

/** A document of OpenAPI 3.1. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly [member: string]: unknown
}

export interface OpenApiOptions {
  /**
   * What the paths of the routes begin with and those of the document do not, because it is in the
   * document's `servers`: `/v1`.
   *
   * @defaultValue none
   */
  readonly basePath?: string
}

/** What an API knows. */
export interface Declared {
  readonly rows: readonly AuditRow[]
  /** By their description, as rows have it. */
  readonly policies: ReadonlyMap<string, Policy>
  readonly schemes: Iterable<Scheme>
}

type Json = Record<string, unknown>

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const

/** A route and what it needs. */
interface Route {
  readonly path: string
  readonly parameters: readonly string[]
  readonly method: string
  readonly operationId: string
  readonly security: readonly SecurityRequirement[]
}

/** The securitySchemes and the `security` of each operation, in a document of its own or in this one. */
export function openApiOf(
  declared: Declared,
  document: OpenApiDocument | undefined,
  options: OpenApiOptions | undefined,
): OpenApiDocument {
  const check = optionCheck('api.openapi')
  const { basePath = '' } = check.options('options', options, ['basePath'])
  if (typeof basePath !== 'string' || !/^(\/[^{}:?#]*[^/{}:?#])?$/.test(basePath)) {
    throw check.error('basePath', 'a path such as /v1, without a slash at the end', basePath)
  }
  if (document !== undefined && !/^3\.1\.\d+$/.test(String(document?.openapi))) {
    throw check.error('document', 'a document of OpenAPI 3.1', document?.openapi ?? document)
  }
  const routes = routesOf(declared, basePath)
  const result = document === undefined ? ownDocument(routes) : merge(document, routes)
  addSchemes(result, declared.schemes)
  return result as unknown as OpenApiDocument
}

function routesOf({ rows, policies }: Declared, basePath: string): readonly Route[] {
  const routes: Route[] = []
  for (const { kind, method, path: route, service, operation, policy: described } of rows) {
    const policy = policies.get(described ?? '')
    const template = pathTemplate(route)
    if (kind !== 'route' || !policy || !template || operation === undefined) continue
    if (!template.path.startsWith(`${basePath}/`) && template.path !== basePath) continue
    const path = template.path.slice(basePath.length) || '/'
    const operationId = service === undefined ? operation : `${service}.${operation}`
    const security = requirementsOf(policy)
    const { parameters } = template
    for (const name of method === 'ALL' ? methods : [method.toLowerCase()]) {
      routes.push({ path, parameters, method: name, operationId, security })
    }
  }
  return routes
}

function ownDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Json> = {}
  const ids = new Set<string>()
  for (const { path, parameters, method, operationId, security } of routes) {
    if (!methods.includes(method as never)) continue
    paths[path] ??= {}
    // Of two routes for one path, the first one answers.
    if (paths[path][method] !== undefined) continue
    paths[path][method] = {
      // Unique in a document: a method may have several routes.
      ...(ids.has(operationId) ? {} : { operationId }),
      ...(parameters.length > 0 && {
        parameters: parameters.map((name) => ({
          name,
          in: 'path',
          required: true,
          schema: { type: 'string' },
        })),
      }),
      security,
    }
    ids.add(operationId)
  }
  return { openapi: '3.1.0', info: { title: 'API', version: '0' }, paths }
}

function merge(document: OpenApiDocument, routes: readonly Route[]): Json {
  const result = structuredClone(document) as Json
  const bySpot = new Map<string, Route>()
  for (const route of routes) {
    const spot = `${route.method} ${shapeOf(route.path)}`
    if (!bySpot.has(spot)) bySpot.set(spot, route)
  }
  for (const [path, item] of Object.entries((result['paths'] ?? {}) as Record<string, Json>)) {
    for (const method of methods) {
      const operation = item?.[method] as Json | undefined
      if (typeof operation !== 'object' || operation === null) continue
      const where = `${method.toUpperCase()} ${path}`
      const route = bySpot.get(`${method} ${shapeOf(path)}`)
      if (route) setSecurity(where, operation, route.security)
      else if (operation['security'] === undefined) {
        throw conflict(
          `operation ${where} must be a route of an application that this API protects or has audited, or have a security of its own`,
          'neither',
        )
      }
    }
  }
  return result
}

function setSecurity(where: string, operation: Json, security: Route['security']): void {
  const given = operation['security']
  if (given !== undefined && !isSame(given, security)) {
    throw conflict(
      `operation ${where} must have the security that is declared, ${JSON.stringify(security)}, or none`,
      JSON.stringify(given).slice(0, 200),
    )
  }
  operation['security'] = security
}

function addSchemes(result: Json, schemes: Iterable<Scheme>): void {
  const components = (result['components'] ?? {}) as Json
  const known = (components['securitySchemes'] ?? {}) as Record<string, unknown>
  const added: Record<string, SecuritySchemeObject> = {}
  for (const scheme of schemes) {
    for (const [name, described] of Object.entries(securitySchemesOf(scheme))) {
      const before = added[name] ?? known[name]
      if (before !== undefined && !isSame(before, described)) {
        throw conflict(
          `components.securitySchemes[${show(name)}] must be ${JSON.stringify(described)}, or left out`,
          JSON.stringify(before).slice(0, 200),
        )
      }
      added[name] = described
    }
  }
  result['components'] = { ...components, securitySchemes: { ...known, ...added } }
}

/** As JSON: of whatever realm the objects are. */
const isSame = (one: unknown, other: unknown): boolean =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)))

function conflict(expected: string, received: string): TypeError {
  return mistake<SecurityErrorCode>(
    'ERR_SECURITY_OPENAPI',
    `api.openapi: ${expected}; received ${received}`,
  )
}
