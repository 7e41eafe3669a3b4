import type { IncomingMessage } from 'node:http'
import { forwarding } from '@clew/internal/grpc/forwarding'
import { recordOf } from '@clew/internal/requests/record'
import type { Metadata, ServerInterceptingCall, ServerInterceptor } from '@grpc/grpc-js'
import { factsOf, type ServerCall } from './calls/facts.ts'
import { statusOfDenied } from './calls/status.ts'
import { type Denied, denied } from './guard/answer.ts'
import { principal as principalOf } from './guard/authenticated.ts'
import { type Decision, type Guard, letIn } from './guard/guard.ts'
import { optionCheck } from './options.ts'
import { chain } from './policy/maybe-promise.ts'
import type { Principal, Principals } from './policy/principal.ts'
import { createAuditRow, provideRows, requireCovered } from './routes/audit-row.ts'
import { defaultGuardOption, requireGuard } from './routes/default-guard.ts'

export type { Principals } from './policy/principal.ts'

/** The part of a service definition of grpc-js that is used. */
export type ServiceLike = Readonly<Record<string, { readonly path: string }>>

export interface GrpcGuardOptions {
  /**
   * Guard of each method that is not in the list. Its policy must ask for a credential.
   *
   * @defaultValue none: a method without a guard answers PERMISSION_DENIED
   */
  readonly default?: Guard
  /**
   * The services that the server has, so that `api.audit` finds methods without a guard, and a
   * misspelt method is refused at once.
   *
   * @defaultValue none: the audit lists what the list names
   */
  readonly services?: readonly ServiceLike[]
  /**
   * Whether each port of the server is bound with TLS; grpc-js does not tell an interceptor, unless
   * the client has a certificate.
   *
   * @defaultValue false: policies that need TLS refuse calls from other machines
   */
  readonly tls?: boolean
}

/**
 * For `new Server({ interceptors: [serverInterceptor({ 'shop.Orders/Create': api.method('create') })] })`
 * of @grpc/grpc-js: asks the guard of the method before anything of the call is read. `api.audit` lists
 * the methods of the interceptor.
 *
 * @param guards - by the full name of the method: `package.Service/Method`
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function serverInterceptor(
  guards: Readonly<Record<string, Guard>>,
  options?: GrpcGuardOptions,
): ServerInterceptor {
  const check = optionCheck('security.serverInterceptor')
  const given = check.options('options', options, ['default', 'services', 'tls'])
  const fallback = defaultGuardOption(check, given.default)
  const tls = check.boolean('tls', given.tls ?? false)
  const paths = new Set(
    (given.services ?? []).flatMap((service) => Object.values(service).map(({ path }) => path)),
  )
  const table = new Map<string, Guard>()
  for (const [name, guard] of Object.entries(check.object('guards', guards))) {
    const path = name.startsWith('/') ? name : `/${name}`
    if (!/^\/[\w.]+\/\w+$/.test(path) || (given.services && !paths.has(path))) {
      throw check.error('guards', 'by the full names of methods: package.Service/Method', name)
    }
    table.set(path, requireGuard(check, guard))
    paths.add(path)
  }
  const interceptor: ServerInterceptor = (method, call) => {
    const guard = table.get(method.path) ?? fallback
    return guardedCall(call, (metadata) =>
      guard
        ? chain(guard.authenticate(factsOf(method.path, metadata, { call, tls })), (decision) =>
            conclude(metadata, guard, decision),
          )
        : denied('no_policy'),
    )
  }
  provideRows(interceptor, () =>
    requireCovered(
      [...paths].map((path) =>
        createAuditRow('route', 'GRPC', path, (table.get(path) ?? fallback)?.operation),
      ),
    ),
  )
  return interceptor
}

/** Metadata stand for the call: its handler gets the same object. */
const asRequest = (metadata: Metadata) => metadata as object as IncomingMessage

function conclude(metadata: Metadata, guard: Guard, decision: Decision): Denied | undefined {
  if (!decision.allowed) return decision.denied
  letIn(recordOf(asRequest(metadata)), guard.operation, decision)
  return undefined
}

type Decide = (metadata: Metadata) => Denied | undefined | Promise<Denied | undefined>

/** Nothing reaches the handler before the decision, and nothing at all if the call is denied. */
function guardedCall(call: ServerCall, decide: Decide): ServerInterceptingCall {
  let isLetIn = false
  let isCancelled = false
  const start: ServerCall['start'] = (listener) =>
    call.start({
      onReceiveMetadata(metadata) {
        void chain(decide(metadata), (refused) => {
          if (isCancelled) return
          if (refused === undefined) {
            isLetIn = true
            listener.onReceiveMetadata(metadata)
            return
          }
          const Empty = metadata.constructor as new () => Metadata
          call.sendStatus(statusOfDenied(refused, new Empty()))
        })
      },
      onReceiveMessage(message) {
        if (isLetIn) listener.onReceiveMessage(message)
      },
      onReceiveHalfClose() {
        if (isLetIn) listener.onReceiveHalfClose()
      },
      onCancel() {
        isCancelled = true
        if (isLetIn) listener.onCancel()
      },
    })
  return forwarding(call, { start }) as unknown as ServerInterceptingCall
}

/**
 * Who makes the call, as `principal` of `@clew/security` says it.
 *
 * @param call - what the handler of the method gets
 * @throws SecurityError `ERR_SECURITY_NO_PRINCIPAL`
 */
export function principal<P extends Principals = readonly [Principal]>(
  call: { readonly metadata: Metadata },
  guard?: Guard<P>,
): P[0] {
  return principalOf(asRequest(call.metadata), guard as Guard<P>)
}
