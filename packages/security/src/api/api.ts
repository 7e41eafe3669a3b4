import { createReporter, type ReportListener } from '@clew/internal/reports/reporter'
import type { Handler } from '@clew/internal/requests/middleware'
import { createGuard, type Guard, handler, type Operation } from '../guard/guard.ts'
import type { ValidateOptions } from '../inputs/options.ts'
import type { InputSchemas, Inputs } from '../inputs/parts.ts'
import { createValidator, type Validator } from '../inputs/validator.ts'
import { createFailureLimit } from '../limits/failure-limit.ts'
import { createRateLimiter, type RateLimit } from '../limits/rate-limit.ts'
import { type RateLimitOptions, rateLimitOption } from '../limits/rate-limit-options.ts'
import { type OpenApiDocument, type OpenApiOptions, openApiOf } from '../metadata/openapi.ts'
import { metadataHandler } from '../metadata/protected-resource.ts'
import { nameOption, optionCheck } from '../options.ts'
import { checkPolicy, describePolicy, noSecurity, type Policy } from '../policy/policy.ts'
import type { Principals, PrincipalsOf } from '../policy/principal.ts'
import { auditRows } from '../routes/audit.ts'
import { type AuditRow, providedRows } from '../routes/audit-row.ts'
import { requireExpress } from '../routes/express.ts'
import { sendNoPolicy } from '../routes/outside.ts'
import { protectApp } from '../routes/protection.ts'
import { auditOf, showApi } from './apis.ts'
import { createDecision } from './decision.ts'
import { reportTransport } from './decision-reports.ts'
import { createDecisions } from './decisions.ts'
import { createInputReports } from './input-reports.ts'
import { readOptions, type SecurityOptions } from './options.ts'
import { createSchemes } from './schemes.ts'

/**
 * The methods of one service.
 *
 * @typeParam P - whom the policy of the service establishes
 */
export interface Service<P extends Principals = Principals> {
  /** A guard for one method. Without a policy, the service's policy applies. */
  method(name: string, policy?: undefined, options?: OperationOptions): Guard<P>
  method<const T extends Policy>(
    name: string,
    policy: T,
    options?: OperationOptions,
  ): Guard<PrincipalsOf<T>>
  method(name: string, policy?: Policy, options?: OperationOptions): Guard
}

/** Metadata to be served: `app.get(path, handler)`. */
export interface ResourceMetadata {
  /** `/.well-known/oauth-protected-resource`, with the path of the resource behind it. */
  readonly path: string
  /** Behind a guard of its own, which lets everybody in. */
  readonly handler: Handler
}

/** What a service, or a method, has of its own. */
export interface OperationOptions {
  /**
   * A limit of its own, in place of that of the service or API; what it leaves out is inherited.
   * False: none.
   *
   * @defaultValue that of the service or API
   */
  readonly rateLimit?: RateLimitOptions | false
}

export interface ProtectOptions {
  /**
   * Functions that are mounted with `use` outside of a guard may pass a request on, or answer with
   * an error, but with nothing else: 403. False: whatever such a function answers is sent.
   *
   * @defaultValue true
   */
  readonly strict?: boolean
}

/**
 * The policies of one API.
 *
 * @typeParam P - whom the default policy establishes
 */
export interface Api<P extends Principals = Principals> extends Service<P> {
  /** A service, whose policy replaces the default. */
  service(name: string, policy?: undefined, options?: OperationOptions): Service<P>
  service<const T extends Policy>(
    name: string,
    policy: T,
    options?: OperationOptions,
  ): Service<PrincipalsOf<T>>
  service(name: string, policy?: Policy, options?: OperationOptions): Service
  /**
   * Protects an Express application or router: from now on a route without a guard answers 403,
   * whether it was added before or is added later. Returns the application. What an adapter or
   * `handler` protects stays as it is. The options count at the first call for an application.
   *
   * @throws TypeError `ERR_SECURITY_APP_UNKNOWN` if it is not an Express application
   */
  protect<T>(app: T, options?: ProtectOptions): T
  /**
   * Every route and method of an application with its policy. Protects an Express application, too.
   *
   * @throws SecurityError `ERR_SECURITY_UNCOVERED` if a route has no guard, or not as its first
   *   function
   * @throws TypeError `ERR_SECURITY_APP_UNKNOWN` if it is not an Express application
   */
  audit(app: unknown): readonly AuditRow[]
  /**
   * Checks the inputs of a request with schemas of any library that implements Standard Schema,
   * after the guard of its route: `app.post('/orders', api.method('create'), order, createOrder)`.
   * `inputs(req, order)` then returns them, typed. Wrong ones get 400, which points at every fault.
   *
   * @throws TypeError `ERR_SECURITY_OPTION` for what is no schema, and for a wrong option
   */
  validate<const S extends InputSchemas>(
    schemas: S,
    options?: ValidateOptions,
  ): Validator<Inputs<S>>
  /**
   * The policies as a document of OpenAPI 3.1: `securitySchemes`, and `security` of each operation.
   * With a document, a copy of it into which they are merged; an operation belongs to the route with
   * the same method and path. Without one, a document with the routes of the applications that this
   * API protects or has audited.
   *
   * @throws TypeError `ERR_SECURITY_OPENAPI` if the document says something else, or has an operation
   *   that no route answers and that says nothing of its security
   */
  openapi(document?: OpenApiDocument, options?: OpenApiOptions): OpenApiDocument
  /**
   * A handler that serves the metadata of the protected resource (RFC 9728), and the path to which
   * it belongs. Open to everybody.
   *
   * @throws TypeError `ERR_SECURITY_OPTION` without the option `protectedResource`
   */
  resourceMetadata(): ResourceMetadata
  /** Calls the listener with each decision and problem. Returns a function that unsubscribes. */
  subscribe(listener: ReportListener): () => void
  /** Closes what the schemes hold open. */
  shutdown(): Promise<void>
}

/** What a method has, if it has none of its own. */
interface Inherited {
  readonly policy: Policy
  readonly from: Operation['from']
  readonly rateLimit: RateLimit | undefined
}

/**
 * The policies of an API. What is not declared is denied.
 *
 * @throws TypeError `ERR_SECURITY_OPTION` for a wrong option; `ERR_SECURITY_POLICY` without a
 *   default policy, and where two schemes have the same name
 */
export function create<const D extends Policy>(options: SecurityOptions<D>): Api<PrincipalsOf<D>> {
  const settings = readOptions(options)
  const reporter = createReporter()
  const schemes = createSchemes(reporter)
  const limit = createFailureLimit(settings.failureLimits, reporter)
  const apps = new Set<unknown>()
  const decisions = createDecisions(reporter, {
    service: settings.service,
    audit: () => auditOf(apps, auditRows),
  })
  const hide = showApi(decisions.view)
  const context = { settings, limit, decisions }

  // By their description, as rows of an audit have it.
  const policies = new Map<string, Policy>()
  const limiter = createRateLimiter(reporter)
  const { rateLimits } = settings
  const apiLimit = rateLimits && limiter.create(rateLimits, 'default', 'api')

  /** The limit of a service or method: its own, or that which is inherited. */
  function limitOf(
    caller: string,
    options: OperationOptions | undefined,
    [inherited, name, place]: readonly [RateLimit | undefined, string, string],
  ): RateLimit | undefined {
    const check = optionCheck(caller)
    const { rateLimit } = check.options('options', options, ['rateLimit'])
    if (rateLimit === undefined) return inherited
    const limits = rateLimitOption(check, rateLimit, inherited?.limits)
    return limits && limiter.create(limits, name, place)
  }

  function createService(service: string | undefined, inherited: Inherited): Service {
    return {
      method(name: string, policy?: Policy, options?: OperationOptions) {
        nameOption(optionCheck('api.method'), 'name', name)
        if (policy !== undefined) checkPolicy(`api.method: policy of "${name}"`, policy)
        const operation: Operation = Object.freeze({
          ...(service === undefined ? {} : { service }),
          method: name,
          policy: policy ?? inherited.policy,
          from: policy === undefined ? inherited.from : 'method',
        })
        schemes.add(operation.policy)
        policies.set(describePolicy(operation.policy), operation.policy)
        const path = service === undefined ? name : `${service}/${name}`
        const rateLimit = limitOf('api.method', options, [
          inherited.rateLimit,
          path,
          `method:${path}`,
        ])
        return createGuard(operation, createDecision({ operation, rateLimit }, context))
      },
    }
  }

  function protect<T>(app: T, caller: string, isStrict = true): T {
    if (providedRows(app)) {
      apps.add(app)
      return app
    }
    protectApp(requireExpress(caller, app), {
      isStrict,
      deny(req, res, route) {
        decisions.uncovered(req, route)
        sendNoPolicy(req, res)
      },
    })
    apps.add(app)
    return app
  }

  const inputReports = createInputReports(reporter, decisions)
  let isTransportReported = false
  const byDefault: Inherited = { policy: settings.defaultPolicy, from: 'api', rateLimit: apiLimit }
  schemes.add(byDefault.policy)
  const api: Api = {
    ...createService(settings.service, byDefault),
    service(name: string, policy?: Policy, options?: OperationOptions) {
      nameOption(optionCheck('api.service'), 'name', name)
      const rateLimit = limitOf('api.service', options, [apiLimit, name, `service:${name}`])
      if (policy === undefined) return createService(name, { ...byDefault, rateLimit })
      checkPolicy(`api.service: policy of "${name}"`, policy)
      schemes.add(policy)
      return createService(name, { policy, from: 'service', rateLimit })
    },
    protect(app, given) {
      const check = optionCheck('api.protect')
      const { strict = true } = check.options('options', given, ['strict'])
      return protect(app, 'api.protect', check.boolean('strict', strict))
    },
    audit(app) {
      protect(app, 'api.audit')
      return auditRows(app)
    },
    openapi(document, options) {
      const rows = [...apps].flatMap(auditRows)
      return openApiOf({ rows, policies, schemes: schemes.all() }, document, options)
    },
    resourceMetadata() {
      const { resource } = settings
      if (!resource) {
        const check = optionCheck('api.resourceMetadata')
        throw check.error('the option protectedResource of create', 'given', undefined)
      }
      const scopes = () => [
        ...new Set(
          [...schemes.all()]
            .filter(({ type }) => type === 'jwt' || type === 'oauth2')
            .flatMap(({ declared }) => Object.keys(declared)),
        ),
      ]
      const open = noSecurity('metadata of the protected resource (RFC 9728)')
      const guard = api.method('resourceMetadata', open)
      return { path: resource.path, handler: handler(guard, metadataHandler(resource, scopes)) }
    },
    validate: (schemas, options) => createValidator(schemas, options, inputReports),
    subscribe(listener) {
      const unsubscribe = reporter.subscribe(listener)
      if (settings.requiresHttps && !isTransportReported) {
        isTransportReported = true
        reportTransport(reporter, settings.trustedProxies)
      }
      return unsubscribe
    },
    shutdown() {
      hide()
      return schemes.shutdown()
    },
  }
  // What the types say of principals follows from the policies, which nothing here looks at.
  return api as unknown as Api<PrincipalsOf<D>>
}
