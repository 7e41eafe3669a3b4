import { ignoredMethods } from '@clew/internal/grpc/ignored-methods'
import { methodName } from '@clew/internal/grpc/method'
import { observeServerCall } from '@clew/internal/grpc/server-call'
import type { Metadata, ServerInterceptor } from '@grpc/grpc-js'
import type { Context, Link, Span, TextMapGetter } from '@opentelemetry/api'
import { runIn, suppressedContext } from '../context/active.ts'
import { rootContext } from '../context/root.ts'
import { parentOf, withSpan } from '../context/span-context.ts'
import { spanKind, startSpan } from '../context/tracer.ts'
import { optionCheck } from '../errors.ts'
import { extractFrom } from '../propagation/propagator.ts'
import * as semconv from '../semconv.ts'
import { attributesOf, endSpan } from './call.ts'

export interface ServerInterceptorOptions {
  /**
   * Whether callers are not trusted: a new trace that links to theirs, sampled here, without their
   * baggage. @defaultValue false
   */
  readonly publicEndpoint?: boolean | undefined
  /**
   * Methods that are not traced, including everything they do: `package.Service/Method`, or a
   * pattern.
   * @defaultValue the standard health service
   */
  readonly ignore?: readonly (string | RegExp)[] | undefined
}

const optionNames = ['publicEndpoint', 'ignore'] as const

const getter: TextMapGetter<Metadata> = {
  get: (metadata, key) => metadata.get(key).map(String),
  keys: (metadata) => Object.keys(metadata.getMap()),
}

/**
 * For `new Server({ interceptors: [serverInterceptor()] })` of @grpc/grpc-js: opens a server span
 * for each call, and runs the handler inside it.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function serverInterceptor(options: ServerInterceptorOptions = {}): ServerInterceptor {
  const check = optionCheck('serverInterceptor')
  const given = check.options('options', options, optionNames)
  const { publicEndpoint = false, ignore } = given
  check.boolean('publicEndpoint', publicEndpoint)
  const isIgnored = ignoredMethods(check, ignore)

  function open(method: string, metadata: Metadata): { span: Span | undefined; inside: Context } {
    if (isIgnored(method)) return { span: undefined, inside: suppressedContext }
    const caller = extractFrom(rootContext, metadata, getter)
    const remote = publicEndpoint ? parentOf(caller) : undefined
    const parent = publicEndpoint ? rootContext : caller
    const links: Link[] = remote === undefined ? [] : [{ context: remote }]
    const span = startSpan(
      method,
      { kind: spanKind.server, attributes: attributesOf(method), links },
      parent,
    )
    return { span, inside: withSpan(parent, span) }
  }

  return (descriptor, call) => {
    let opened: ReturnType<typeof open> | undefined
    return observeServerCall(call, {
      started(metadata) {
        opened = open(methodName(descriptor.path), metadata)
      },
      within: (fn) => (opened === undefined ? fn() : runIn(opened.inside, fn)),
      ended(status, isError) {
        const span = opened?.span
        if (span === undefined) return
        if (status.aborted) span.setAttribute(semconv.requestAborted, true)
        endSpan(span, status, isError)
      },
    })
  }
}
