import type {
  InterceptingCall,
  Interceptor,
  Metadata,
  ServerInterceptingCall,
  ServerInterceptor,
} from '@grpc/grpc-js'
import { current } from './ambient.ts'
import { functionIfGiven, positive } from './checks.ts'
import { monotonicMs } from './clock.ts'
import { optionError } from './errors.ts'
import { ERROR, INFO } from './level.ts'
import { type Logger, standard } from './logger.ts'
import { newId, wellFormedId } from './requests/request-id.ts'
import type { LoggerState } from './root.ts'
import { openCall } from './scope/call.ts'

export interface ServerInterceptorOptions {
  /** Whose lines these are. @defaultValue the default logger, at the time of the call */
  readonly logger?: Logger
  /**
   * Methods without lines of their own: `package.Service/Method`, or a pattern. They still have a scope and an id, and a closing line
   * if they fail. @defaultValue the standard health service
   */
  readonly ignore?: readonly (string | RegExp)[]
  /**
   * Where the request id comes from. `true`: a well-formed `x-request-id` in the caller's metadata, otherwise a random one. `false`:
   * none. A function makes it, and is asked before the caller is believed. It is answered as `x-request-id`. @defaultValue true
   */
  readonly requestId?: boolean | ((metadata: Metadata) => string | undefined)
  /** Whether a call has a line at its start too. It waits like any info line. @defaultValue false */
  readonly start?: boolean
  /** Whether the closing line is written for good calls too, at once: an access log. @defaultValue false */
  readonly always?: boolean
  /** A call that takes longer is released, and its closing line is a warning. Milliseconds. @defaultValue `hold.slowMs` */
  readonly slowMs?: number
  /**
   * Which statuses are errors, by their number. CANCELLED is never asked about.
   * @defaultValue UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS
   */
  readonly isError?: (code: number) => boolean
}

export interface ClientInterceptorOptions {
  /** Whose lines these are. @defaultValue the logger of the scope that the call is made in, or the default one */
  readonly logger?: Logger
  /** Methods without a line: `package.Service/Method`, or a pattern. @defaultValue the standard health service */
  readonly ignore?: readonly (string | RegExp)[]
  /** Which statuses are errors, by their number. CANCELLED is never asked about. @defaultValue as of `serverInterceptor` */
  readonly isError?: (code: number) => boolean
}

const ignoredByDefault = [/^grpc\.health\.v1\.Health\//]

// The names of grpc-js's `status`, which is not loaded for them.
const statusNames =
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED'.split(
    ' ',
  )
// The conventions count as a server's errors: unknown, deadline exceeded, unimplemented, internal, unavailable, data loss.
const serverErrors: ReadonlySet<number> = new Set([2, 4, 12, 13, 14, 15])
const CANCELLED = 1
const DEADLINE_EXCEEDED = 4

const owned: ReadonlySet<string> = new Set(['request_id', 'grpc.service', 'grpc.method'])
const requestIdKey = 'x-request-id'

interface Status {
  readonly code: number
  readonly details?: string
}

/**
 * For `new Server({ interceptors: [serverInterceptor()] })` of @grpc/grpc-js: a scope for each call, in which its handler runs, with a
 * closing line. Calls of methods that the server does not have get none: grpc-js answers them before any interceptor.
 */
export function serverInterceptor(options: ServerInterceptorOptions = {}): ServerInterceptor {
  const { logger, requestId = true, start = false, always = false, slowMs } = options
  const { isIgnored, isError } = common(options)
  if (slowMs !== undefined) positive('slowMs', slowMs, 0)
  if (typeof requestId !== 'boolean' && typeof requestId !== 'function') {
    throw optionError('requestId', 'a boolean or a function', requestId)
  }

  function idOf(metadata: Metadata): string | undefined {
    if (requestId === false) return undefined
    if (typeof requestId === 'function') {
      const own = attempt(() => requestId(metadata))
      if (wellFormedId(own)) return own
    }
    const [given] = metadata.get(requestIdKey)
    return wellFormedId(given) ? given : newId()
  }

  function open(path: string, metadata: Metadata) {
    const { name, service, method } = partsOf(path)
    const id = idOf(metadata)
    const from = (logger ?? standard()) as LoggerState
    const called = { 'grpc.service': service, 'grpc.method': method }
    const call = openCall(from.root, from, {
      fields: id === undefined ? called : { request_id: id, ...called },
      owned,
      start,
      always,
      silent: isIgnored(name),
      slowMs,
    })
    return { call, id, empty: () => new (metadata.constructor as new () => Metadata)() }
  }

  return (descriptor, call) => {
    let opened: ReturnType<typeof open> | undefined
    let answered = false
    const within = (fn: () => void) => (opened === undefined ? fn() : opened.call.run(fn))
    const end = ({ code, details }: Status) =>
      opened?.call.end({
        failed: code !== CANCELLED && isError(code),
        fields: fieldsOf(code, details),
        timeName: 'grpc.time_ms',
      })
    const withId = (metadata: Metadata) => {
      const id = opened?.id
      if (id !== undefined && metadata.get(requestIdKey).length === 0) {
        metadata.set(requestIdKey, id)
      }
      return metadata
    }
    const sendMetadata = (metadata: Metadata) => {
      answered = true
      call.sendMetadata(withId(metadata))
    }
    return forwarding(call, {
      start(listener: Parameters<typeof call.start>[0]) {
        call.start({
          onReceiveMetadata(metadata) {
            opened = attempt(() => open(descriptor.path, metadata))
            within(() => listener.onReceiveMetadata(metadata))
          },
          onReceiveMessage: (message) => within(() => listener.onReceiveMessage(message)),
          onReceiveHalfClose: () => within(() => listener.onReceiveHalfClose()),
          onCancel() {
            within(() => listener.onCancel())
            // grpc-js itself answers a call whose time is up, past all interceptors.
            const late = attempt(() => Number(call.getDeadline()) <= Date.now()) === true
            end({ code: late ? DEADLINE_EXCEEDED : CANCELLED })
          },
        })
      },
      sendMetadata,
      sendMessage(message: unknown, callback: () => void) {
        if (!answered && opened?.id !== undefined) sendMetadata(opened.empty())
        call.sendMessage(message, callback)
      },
      sendStatus(status: Parameters<typeof call.sendStatus>[0]) {
        // Without metadata or messages before, the answer is the status alone.
        if (answered || opened?.id === undefined) call.sendStatus(status)
        else {
          const metadata = withId(status.metadata?.clone() ?? opened.empty())
          call.sendStatus({ ...status, metadata })
        }
        within(() => end(status))
      },
    }) as unknown as ServerInterceptingCall
  }
}

/**
 * For `new Client(address, credentials, { interceptors: [clientInterceptor()] })`: a line for each call when it is done, in the scope
 * that it is made in.
 */
export function clientInterceptor(options: ClientInterceptorOptions = {}): Interceptor {
  const { logger } = options
  const { isIgnored, isError } = common(options)
  return (options, nextCall) => {
    const call = nextCall(options)
    const { name, service, method } = partsOf(options.method_definition.path)
    if (isIgnored(name)) return call as InterceptingCall
    return forwarding(call, {
      start(metadata: Metadata, listener: Parameters<typeof call.start>[1]) {
        const from = (logger ?? current()) as LoggerState
        const { root } = from
        const scope = root.scope()
        const startMs = monotonicMs()
        call.start(metadata, {
          onReceiveMetadata: (received) => listener?.onReceiveMetadata?.(received),
          onReceiveMessage: (message) => listener?.onReceiveMessage?.(message),
          onReceiveStatus(status) {
            const { code, details } = status
            const failed = code !== CANCELLED && isError(code)
            const fields = {
              'grpc.service': service,
              'grpc.method': method,
              ...fieldsOf(code, details),
              'grpc.time_ms': Math.round(monotonicMs() - startMs),
            }
            // Answers come in the context of the connection: the scope is that of the call.
            const severity = failed ? ERROR : INFO
            root.record(
              from,
              scope,
              severity,
              'finished client gRPC call',
              fields,
              undefined,
              false,
            )
            listener?.onReceiveStatus?.(status)
          },
        })
      },
    }) as InterceptingCall
  }
}

/** Checks and completes what both interceptors take. */
function common({ logger, ignore = ignoredByDefault, isError }: ClientInterceptorOptions) {
  if (logger !== undefined && (logger as Partial<LoggerState> | null)?.root === undefined) {
    throw optionError('logger', 'a logger of this package', logger)
  }
  if (!Array.isArray(ignore)) throw optionError('ignore', 'an array', ignore)
  functionIfGiven('isError', isError)
  return {
    isIgnored: (name: string) =>
      ignore.some((entry) => (typeof entry === 'string' ? entry === name : entry.test(name))),
    isError: (code: number) =>
      isError === undefined ? serverErrors.has(code) : attempt(() => isError(code)) === true,
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

function partsOf(path: string) {
  const name = path.startsWith('/') ? path.slice(1) : path
  const slash = name.lastIndexOf('/')
  return { name, service: name.slice(0, Math.max(slash, 0)), method: name.slice(slash + 1) }
}

/** The status by name; what it says of a failure, as `grpc.status`. */
function fieldsOf(code: number, details: string | undefined): Record<string, unknown> {
  const fields: Record<string, unknown> = { 'grpc.code': statusNames[code] ?? String(code) }
  if (code !== 0 && details) fields['grpc.status'] = details
  if (code === CANCELLED) fields['aborted'] = true
  return fields
}

function attempt<T>(fn: () => T): T | undefined {
  try {
    return fn()
  } catch {
    return undefined
  }
}
