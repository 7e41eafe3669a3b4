import type { IncomingMessage } from 'node:http'
import { challengesOf, type Denial, type Denied, denied, send, statusOf } from './answer.ts'
import { type AuditRow, auditRows, toldBy } from './audit.ts'
import { label, shown } from './check.ts'
import { mistake } from './errors.ts'
import { protectApp } from './express.ts'
import { type FailureLimitOptions, failures } from './failures.ts'
import { type Guard, guardOf, type Operation } from './guard.ts'
import { addressKey, peers } from './peer.ts'
import { checkPolicy, evaluate, type Policy, schemesOf, worst } from './policy.ts'
import { baseOf, isCovered, type Principal, stateOf } from './principal.ts'
import { plain, type ReportListener, reporter } from './report.ts'
import { type Attempt, isPromise, type Outcome, type Refusal, type Scheme } from './scheme.ts'

export interface SecurityOptions {
  /** The policy of every method that has none of its own, and whose service has none. */
  readonly default: Policy
  /** Name of the service whose methods are declared on the API itself; in logs, spans and metrics. @defaultValue none */
  readonly service?: string
  /**
   * `'required'`: a policy that asks for a credential answers 403 to requests without TLS. A connection from this machine
   * that no proxy has forwarded needs none. @defaultValue `'required'`
   */
  readonly https?: 'required' | 'off'
  /** Proxies whose X-Forwarded-For and X-Forwarded-Proto count: addresses, CIDR ranges, `'unix'` for a socket file. @defaultValue none */
  readonly trustedProxies?: readonly string[]
  /** When somebody has failed too often; false: never. @defaultValue 30 failures a minute */
  readonly failures?: FailureLimitOptions | false
}

/** The methods of one service. */
export interface Service {
  /** A guard for one method. Without a policy, the one of the service counts. */
  method(name: string, policy?: Policy): Guard
}

/** The policies of one API. */
export interface Api {
  /** A guard for one method. Without a policy, the default counts. */
  method(name: string, policy?: Policy): Guard
  /** A service, whose policy replaces the default. */
  service(name: string, policy?: Policy): Service
  /**
   * Closes an Express application (or router): from now on a route without a guard answers 403, whenever it was or will be
   * added. Returns the application. What an adapter or `handler` has closed stays as it is.
   *
   * @throws TypeError `ERR_SECURITY_APP_UNKNOWN` if it is no Express application
   */
  protect<T>(app: T): T
  /**
   * Every route and method of an application with its policy. Protects an Express application, too.
   *
   * @throws SecurityError `ERR_SECURITY_UNCOVERED` if a route has no guard, or not as its first function
   * @throws TypeError `ERR_SECURITY_APP_UNKNOWN` if it is no Express application
   */
  audit(app: unknown): readonly AuditRow[]
  /** Decisions and troubles, as they happen. */
  subscribe(listener: ReportListener): () => void
  /** Ends what the schemes hold open. */
  shutdown(): Promise<void>
}

const operationKey = Symbol.for('@clew/operation/v1')

/** The policies of an API: what is not declared is denied. */
export function create(options: SecurityOptions): Api {
  const { https = 'required' } = options
  checkPolicy('default', options.default)
  if (https !== 'required' && https !== 'off') {
    throw mistake('ERR_SECURITY_OPTION', `https must be 'required' or 'off', got ${shown(https)}`)
  }
  const peerOf = peers(options.trustedProxies ?? [])
  const failed = options.failures === false ? undefined : failures(options.failures)
  const reports = reporter()
  const adopted = new Set<Scheme>()
  let evictedSaidMs = Number.NEGATIVE_INFINITY

  function adopt(policy: Policy): void {
    for (const scheme of schemesOf(policy)) {
      if (adopted.has(scheme)) continue
      for (const other of adopted) {
        if (other.name === scheme.name) {
          throw mistake('ERR_SECURITY_POLICY', `two schemes are named ${shown(scheme.name)}`)
        }
      }
      adopted.add(scheme)
      scheme.internals.reporter.subscribe((report) => reports.report(report))
    }
  }

  function countFailure(address: string, credential: string | undefined): void {
    if (!failed) return
    const before = failed.evicted
    failed.fail(address)
    if (credential !== undefined) failed.fail(credential)
    if (failed.evicted > before && Date.now() - evictedSaidMs > 60_000) {
      evictedSaidMs = Date.now()
      reports.report({
        type: 'security.failures_full',
        level: 'warn',
        message: 'more failing clients than are remembered; the oldest are forgotten',
        fields: { entries: failed.size, evicted: failed.evicted },
      })
    }
  }

  function guard(operation: Operation): Guard {
    const { policy, service, method } = operation
    label('method', method)
    adopt(policy)
    const schemes = [...schemesOf(policy)]
    const vary = [...new Set(schemes.map(({ internals }) => internals.header))].join(', ')
    const stamp = Object.freeze({ ...(service === undefined ? {} : { service }), method })

    function say(
      denial: Denial,
      refusal: Pick<Refusal, 'reason' | 'scheme'>,
      address: string,
    ): void {
      reports.report({
        type: 'security.denied',
        level: levels[denial],
        message: `request denied: ${refusal.reason}`,
        fields: {
          ...stamp,
          ...(refusal.scheme === undefined ? {} : { scheme: refusal.scheme }),
          reason: refusal.reason,
          status: statusOf(denial),
          'client.address': address,
        },
      })
    }

    function allow(req: IncomingMessage, principals: readonly Principal[]): undefined {
      const state = stateOf(req)
      state.principals = principals
      if (state.depth === 0 && !isCovered(state, req)) state.covered = baseOf(req)
    }

    return guardOf(Object.freeze(operation), (req) => {
      const request = req as IncomingMessage & { [operationKey]?: unknown }
      request[operationKey] = stamp
      if (policy.kind === 'noSecurity') return allow(req, [])
      const peer = peerOf(req)
      if (https === 'required' && !peer.secure) {
        say(
          'insecure',
          { reason: peer.untrustedProxy ? 'untrusted_proxy' : 'no_tls' },
          peer.address,
        )
        return denied('insecure')
      }
      const attempt: Attempt = {
        req,
        blocked: (credential) =>
          failed?.blocked(addressKey(peer.address)) ??
          (credential === undefined ? undefined : failed?.blocked(credential)),
      }
      const refusals: Refusal[] = []
      const outcome = evaluate(policy, attempt, refusals)
      if (!isPromise(outcome)) return finish(outcome)
      // Not expected: whatever it is, nobody gets in by it.
      const broken: Refusal = {
        ok: false,
        fault: 'unavailable',
        reason: 'internal_error',
        retryAfter: 5,
      }
      return outcome.then(finish, () => finish(broken))

      function finish(result: Outcome): Denied | undefined {
        if (result.ok) {
          if (reports.listened) sayAllowed(result.principals, peer.address)
          return allow(req, result.principals)
        }
        let refusal = refusals.length > 0 ? worst(refusals) : result
        if (refusal.fault === 'invalid') {
          const retryAfter = attempt.blocked(refusal.credential)
          if (retryAfter === undefined) countFailure(addressKey(peer.address), refusal.credential)
          else refusal = { ...refusal, fault: 'limited', reason: 'too_many_failures', retryAfter }
        }
        say(refusal.fault, refusal, peer.address)
        return denied(refusal.fault, {
          challenges: challengesOf(schemes, refusals, refusal),
          vary,
          retryAfter: refusal.retryAfter,
        })
      }
    })

    function sayAllowed(principals: readonly Principal[], address: string): void {
      reports.report({
        type: 'security.allowed',
        level: 'debug',
        message: 'request allowed',
        fields: {
          ...stamp,
          scheme: principals.map(({ scheme }) => scheme).join('+'),
          'client.address': address,
        },
      })
    }
  }

  function methodsOf(
    service: string | undefined,
    inherited: Policy,
    from: Operation['from'],
  ): Service {
    if (service !== undefined) label('service', service)
    return {
      method(name, policy) {
        if (policy !== undefined) checkPolicy(`method ${shown(name)}`, policy)
        return guard({
          ...(service === undefined ? {} : { service }),
          method: name,
          policy: policy ?? inherited,
          from: policy === undefined ? from : 'method',
        })
      },
    }
  }

  adopt(options.default)
  const api: Api = {
    ...methodsOf(options.service, options.default, 'api'),
    service(name, policy) {
      if (policy === undefined) return methodsOf(name, options.default, 'api')
      checkPolicy(`service ${shown(name)}`, policy)
      adopt(policy)
      return methodsOf(name, policy, 'service')
    },
    protect(app) {
      if (toldBy(app)) return app
      protectApp(app, (req, res, route) => {
        reports.report({
          type: 'security.denied',
          level: 'error',
          message: 'request denied: its route has no policy',
          fields: {
            reason: 'no_policy',
            status: statusOf('no_policy'),
            'http.request.method': req.method,
            'http.route': plain(route),
          },
        })
        send(req, res, denied('no_policy'))
      })
      return app
    },
    audit(app) {
      api.protect(app)
      return auditRows(app)
    },
    subscribe: reports.subscribe,
    async shutdown() {
      await Promise.allSettled([...adopted].map((scheme) => scheme.internals.shutdown()))
    },
  }
  return api
}

const levels: Readonly<Record<Denial, 'info' | 'warn' | 'error'>> = {
  absent: 'info',
  forbidden: 'info',
  invalid: 'warn',
  malformed: 'warn',
  insecure: 'warn',
  limited: 'warn',
  unavailable: 'error',
  no_policy: 'error',
}
