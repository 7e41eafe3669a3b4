import type { Metadata, ServerInterceptingCall, ServerInterceptor } from '@grpc/grpc-js'
import type { Context, Link, Span, TextMapGetter } from '@opentelemetry/api'
import { runIn, suppressedContext } from '../context/active.ts'
import { rootContext } from '../context/root.ts'
import { parentOf, withSpan } from '../context/span-context.ts'
import { currentTracer, spanKind } from '../context/tracer.ts'
import { type Check, optionCheck } from '../errors.ts'
import { extractFrom } from '../propagation/propagator.ts'
import * as semconv from '../semconv.ts'
import { attributesOf, forwarding, methodOf, recordStatus, type Status } from './call.ts'

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
const ignoredByDefault = [/^grpc\.health\.v1\.Health\//]

// What the conventions count as errors of the server: unknown, deadline exceeded, unimplemented,
// internal, unavailable, data loss.
const serverErrors = new Set([2, 4, 12, 13, 14, 15])
const cancelled = 1

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
  const { publicEndpoint = false, ignore = ignoredByDefault } = check.options(
    'options',
    options,
    optionNames,
  )
  check.boolean('publicEndpoint', publicEndpoint)
  checkIgnore(check, ignore)
  const isIgnored = (method: string) =>
    ignore.some((entry) => (typeof entry === 'string' ? entry === method : entry.test(method)))

  function open(method: string, metadata: Metadata): { span: Span | undefined; inside: Context } {
    if (isIgnored(method)) return { span: undefined, inside: suppressedContext }
    const caller = extractFrom(rootContext, metadata, getter)
    const remote = publicEndpoint ? parentOf(caller) : undefined
    const parent = publicEndpoint ? rootContext : caller
    const links: Link[] = remote === undefined ? [] : [{ context: remote }]
    const span = currentTracer().startSpan(
      method,
      { kind: spanKind.server, attributes: attributesOf(method), links },
      parent,
    )
    return { span, inside: withSpan(parent, span) }
  }

  return (descriptor, call) => {
    let opened: ReturnType<typeof open> | undefined
    let hasEnded = false
    const within = (fn: () => void) => (opened === undefined ? fn() : runIn(opened.inside, fn))
    const end = (status: Status) => {
      if (hasEnded || opened?.span === undefined) return
      hasEnded = true
      recordStatus(opened.span, status, serverErrors.has(status.code))
      opened.span.end()
    }
    return forwarding(call, {
      start(listener: Parameters<typeof call.start>[0]) {
        call.start({
          onReceiveMetadata(metadata) {
            opened = open(methodOf(descriptor.path), metadata)
            within(() => listener.onReceiveMetadata(metadata))
          },
          onReceiveMessage: (message) => within(() => listener.onReceiveMessage(message)),
          onReceiveHalfClose: () => within(() => listener.onReceiveHalfClose()),
          onCancel() {
            within(() => listener.onCancel())
            opened?.span?.setAttribute(semconv.requestAborted, true)
            end({ code: cancelled })
          },
        })
      },
      sendStatus(status: Parameters<typeof call.sendStatus>[0]) {
        call.sendStatus(status)
        end(status)
      },
    }) as unknown as ServerInterceptingCall
  }
}

function checkIgnore(check: Check, ignore: readonly unknown[]): void {
  if (!Array.isArray(ignore)) throw check.error('ignore', 'an array', ignore)
  for (const [index, entry] of ignore.entries()) {
    const isPattern = typeof (entry as RegExp | null | undefined)?.test === 'function'
    if (typeof entry !== 'string' && !isPattern) {
      throw check.error(`ignore[${index}]`, 'a string or a RegExp', entry)
    }
  }
}
