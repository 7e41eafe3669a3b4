import { createReporter, type ReportListener } from '@clew/internal/reports/reporter'
import { denied, send } from '../guard/answer.ts'
import { createGuard, type Guard, type Operation } from '../guard/guard.ts'
import type { ValidateOptions } from '../inputs/options.ts'
import type { InputSchemas, Inputs } from '../inputs/parts.ts'
import { createValidator, type Validator } from '../inputs/validator.ts'
import { createFailureLimit } from '../limits/failure-limit.ts'
import { nameOption, optionCheck } from '../options.ts'
import { checkPolicy, type Policy } from '../policy/policy.ts'
import type { Principals, PrincipalsOf } from '../policy/principal.ts'
import { auditRows } from '../routes/audit.ts'
import { type AuditRow, providedRows } from '../routes/audit-row.ts'
import { requireExpress } from '../routes/express.ts'
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
  method(name: string): Guard<P>
  method<const T extends Policy>(name: string, policy: T): Guard<PrincipalsOf<T>>
  method(name: string, policy?: Policy): Guard
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
  service(name: string): Service<P>
  service<const T extends Policy>(name: string, policy: T): Service<PrincipalsOf<T>>
  service(name: string, policy?: Policy): Service
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
  /** Calls the listener with each decision and problem. Returns a function that unsubscribes. */
  subscribe(listener: ReportListener): () => void
  /** Closes what the schemes hold open. */
  shutdown(): Promise<void>
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

  function createService(
    service: string | undefined,
    inherited: Policy,
    from: Operation['from'],
  ): Service {
    return {
      method(name: string, policy?: Policy) {
        nameOption(optionCheck('api.method'), 'name', name)
        if (policy !== undefined) checkPolicy(`api.method: policy of "${name}"`, policy)
        const operation: Operation = Object.freeze({
          ...(service === undefined ? {} : { service }),
          method: name,
          policy: policy ?? inherited,
          from: policy === undefined ? from : 'method',
        })
        schemes.add(operation.policy)
        return createGuard(operation, createDecision(operation, context))
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
        send(req, res, denied('no_policy'))
      },
    })
    apps.add(app)
    return app
  }

  const inputReports = createInputReports(reporter, decisions)
  let isTransportReported = false
  const { defaultPolicy } = settings
  schemes.add(defaultPolicy)
  const api: Api = {
    ...createService(settings.service, defaultPolicy, 'api'),
    service(name: string, policy?: Policy) {
      nameOption(optionCheck('api.service'), 'name', name)
      if (policy === undefined) return createService(name, defaultPolicy, 'api')
      checkPolicy(`api.service: policy of "${name}"`, policy)
      schemes.add(policy)
      return createService(name, policy, 'service')
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
