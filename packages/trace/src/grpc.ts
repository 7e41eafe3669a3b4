import type {
  InterceptingCall,
  Interceptor,
  Metadata,
  ServerInterceptingCall,
  ServerInterceptor,
} from '@grpc/grpc-js'
import type { Context, Link, Span, TextMapGetter, TextMapSetter } from '@opentelemetry/api'
import {
  activeContext,
  currentTracer,
  extractFrom,
  injectInto,
  KIND,
  parentOf,
  runIn,
  STATUS_ERROR,
  withSpan,
} from './api.ts'
import { isSuppressed, ROOT, suppressed } from './context.ts'
import { badOption } from './errors.ts'
import * as semconv from './semconv.ts'

export interface ServerInterceptorOptions {
  /** Callers are strangers: a new trace that links to theirs, our sampling, no baggage. @defaultValue false */
  readonly publicEndpoint?: boolean
  /** Methods that are not traced, nor what they do: `package.Service/Method`, or a pattern. @defaultValue the standard health service */
  readonly ignore?: readonly (string | RegExp)[]
}

const ignoredByDefault = [/^grpc\.health\.v1\.Health\//]

// The names of grpc-js's `status`, which is not loaded for them.
const statusNames =
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED'.split(
    ' ',
  )
// The conventions count as a server's errors: unknown, deadline exceeded, unimplemented, internal, unavailable, data loss.
const serverErrors = new Set([2, 4, 12, 13, 14, 15])
const CANCELLED = 1

const getter: TextMapGetter<Metadata> = {
  get: (metadata, key) => metadata.get(key).map(String),
  keys: (metadata) => Object.keys(metadata.getMap()),
}

const setter: TextMapSetter<Metadata> = {
  set(metadata, key, value) {
    if (metadata.get(key).length === 0) metadata.set(key, value)
  },
}

interface Status {
  readonly code: number
  readonly details?: string
}

/**
 * For `new Server({ interceptors: [serverInterceptor()] })` of @grpc/grpc-js: a server span for each call, in which its handler runs.
 */
export function serverInterceptor(options: ServerInterceptorOptions = {}): ServerInterceptor {
  const { publicEndpoint = false, ignore = ignoredByDefault } = options
  if (typeof publicEndpoint !== 'boolean') {
    throw badOption('publicEndpoint', 'a boolean', publicEndpoint)
  }
  if (!Array.isArray(ignore)) throw badOption('ignore', 'an array', ignore)
  const isIgnored = (name: string) =>
    ignore.some((entry) => (typeof entry === 'string' ? entry === name : entry.test(name)))

  function open(name: string, metadata: Metadata): { span: Span | undefined; inside: Context } {
    if (isIgnored(name)) return { span: undefined, inside: suppressed(ROOT) }
    const caller = extractFrom(ROOT, metadata, getter)
    const remote = publicEndpoint ? parentOf(caller) : undefined
    const parent = publicEndpoint ? ROOT : caller
    const links: Link[] = remote === undefined ? [] : [{ context: remote }]
    const span = currentTracer().startSpan(
      name,
      { kind: KIND.server, attributes: attributesOf(name), links },
      parent,
    )
    return { span, inside: withSpan(parent, span) }
  }

  return (descriptor, call) => {
    let opened: ReturnType<typeof open> | undefined
    let ended = false
    const within = (fn: () => void) => (opened === undefined ? fn() : runIn(opened.inside, fn))
    const end = (status: Status) => {
      if (ended || opened?.span === undefined) return
      ended = true
      record(opened.span, status, serverErrors.has(status.code))
      opened.span.end()
    }
    return forwarding(call, {
      start(listener: Parameters<typeof call.start>[0]) {
        call.start({
          onReceiveMetadata(metadata) {
            opened = open(nameOf(descriptor.path), metadata)
            within(() => listener.onReceiveMetadata(metadata))
          },
          onReceiveMessage: (message) => within(() => listener.onReceiveMessage(message)),
          onReceiveHalfClose: () => within(() => listener.onReceiveHalfClose()),
          onCancel() {
            within(() => listener.onCancel())
            opened?.span?.setAttribute(semconv.REQUEST_ABORTED, true)
            end({ code: CANCELLED })
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

/** For `new Client(address, credentials, { interceptors: [clientInterceptor()] })`: a client span for each call, and the context in its metadata. */
export function clientInterceptor(): Interceptor {
  return (options, nextCall) => {
    const call = nextCall(options)
    const parent = activeContext()
    if (isSuppressed(parent)) return call as InterceptingCall
    return forwarding(call, {
      start(metadata: Metadata, listener: Parameters<typeof call.start>[1]) {
        const name = nameOf(options.method_definition.path)
        const span = currentTracer().startSpan(
          name,
          { kind: KIND.client, attributes: attributesOf(name) },
          parent,
        )
        injectInto(withSpan(parent, span), metadata, setter)
        // Answers come from the connection, which lives in the context of whoever made it.
        const within = (fn: () => void) => runIn(parent, fn)
        call.start(metadata, {
          onReceiveMetadata: (received) => within(() => listener?.onReceiveMetadata?.(received)),
          onReceiveMessage: (message) => within(() => listener?.onReceiveMessage?.(message)),
          onReceiveStatus(status) {
            record(span, status, status.code !== 0)
            span.end()
            within(() => listener?.onReceiveStatus?.(status))
          },
        })
      },
    }) as InterceptingCall
  }
}

/** `call` with some of its methods replaced; those that grpc-js may add later are passed on as well. */
function forwarding<C extends object>(call: C, replaced: Record<string, unknown>): C {
  return new Proxy(call, {
    get(target, key) {
      if (typeof key === 'string' && Object.hasOwn(replaced, key)) return replaced[key]
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

const nameOf = (path: string) => (path.startsWith('/') ? path.slice(1) : path)

const attributesOf = (name: string) => ({
  [semconv.RPC_SYSTEM_NAME]: 'grpc',
  [semconv.RPC_METHOD]: name,
})

function record(span: Span, { code, details }: Status, isError: boolean): void {
  if (!span.isRecording()) return
  const name = statusNames[code] ?? String(code)
  span.setAttribute(semconv.RPC_STATUS_CODE, name)
  if (!isError) return
  span.setAttribute(semconv.ERROR_TYPE, name)
  span.setStatus({ code: STATUS_ERROR, ...(details ? { message: details.slice(0, 1024) } : {}) })
}
