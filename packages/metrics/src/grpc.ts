import type {
  InterceptingCall,
  Interceptor,
  Metadata,
  ServerInterceptingCall,
  ServerInterceptor,
} from '@grpc/grpc-js'
import { badOption } from './errors.ts'
import { labelled } from './histogram.ts'

export interface ServerInterceptorOptions {
  /** Methods that are not measured: `package.Service/Method`, or a pattern. @defaultValue the standard health service */
  readonly ignore?: readonly (string | RegExp)[]
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

/**
 * For `new Server({ interceptors: [serverInterceptor()] })` of @grpc/grpc-js: `rpc.server.call.duration`, in seconds, by method and status.
 * Calls of methods the server does not have are not measured: grpc-js answers them before any interceptor.
 */
export function serverInterceptor(options: ServerInterceptorOptions = {}): ServerInterceptor {
  const { ignore = ignoredByDefault } = options
  if (!Array.isArray(ignore)) throw badOption('ignore', 'an array', ignore)
  const record = recorder(
    'rpc.server.call.duration',
    'Measures the duration of an incoming Remote Procedure Call (RPC).',
    (code) => serverErrors.has(code),
  )

  return (descriptor, call) => {
    const name = nameOf(descriptor.path)
    if (ignore.some((entry) => (typeof entry === 'string' ? entry === name : entry.test(name)))) {
      return call as ServerInterceptingCall
    }
    const end = record(name)
    return forwarding(call, {
      start(listener: Parameters<typeof call.start>[0]) {
        call.start({
          onReceiveMetadata: (metadata) => listener.onReceiveMetadata(metadata),
          onReceiveMessage: (message) => listener.onReceiveMessage(message),
          onReceiveHalfClose: () => listener.onReceiveHalfClose(),
          onCancel() {
            end(CANCELLED)
            listener.onCancel()
          },
        })
      },
      sendStatus(status: Parameters<typeof call.sendStatus>[0]) {
        call.sendStatus(status)
        end(status.code)
      },
    }) as unknown as ServerInterceptingCall
  }
}

/** For `new Client(address, credentials, { interceptors: [clientInterceptor()] })`: `rpc.client.call.duration`, in seconds, by method and status. */
export function clientInterceptor(): Interceptor {
  const record = recorder(
    'rpc.client.call.duration',
    'Measures the duration of an outgoing Remote Procedure Call (RPC).',
    (code) => code !== 0,
  )
  return (options, nextCall) => {
    const call = nextCall(options)
    return forwarding(call, {
      start(metadata: Metadata, listener: Parameters<typeof call.start>[1]) {
        const end = record(nameOf(options.method_definition.path))
        call.start(metadata, {
          onReceiveMetadata: (received) => listener?.onReceiveMetadata?.(received),
          onReceiveMessage: (message) => listener?.onReceiveMessage?.(message),
          onReceiveStatus(status) {
            end(status.code)
            listener?.onReceiveStatus?.(status)
          },
        })
      },
    }) as InterceptingCall
  }
}

/** Starts a clock for a method; what it gives stops it, once. */
function recorder(
  metric: string,
  description: string,
  isError: (code: number) => boolean,
): (method: string) => (code: number) => void {
  const duration = labelled(metric, { unit: 's', description })
  return (method) => {
    const start = performance.now()
    let ended = false
    return (code) => {
      if (ended) return
      ended = true
      const status = statusNames[code] ?? String(code)
      duration((performance.now() - start) / 1000, {
        'rpc.system.name': 'grpc',
        'rpc.method': method,
        'rpc.status_code': status,
        ...(isError(code) ? { 'error.type': status } : {}),
      })
    }
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
