import { methodName, methodParts } from '@clew/internal/grpc/method'
import type { GrpcObserver } from '@clew/internal/grpc/observer'
import { observeServerCall } from '@clew/internal/grpc/server-call'
import type { Metadata, ServerInterceptor } from '@grpc/grpc-js'
import { type Origin, originOption } from '../engine/engine.ts'
import { optionsOf } from '../errors.ts'
import { attempt } from './attempt.ts'
import { GrpcCall } from './grpc-call.ts'
import { type GrpcOptions, grpcRules, statusFields } from './grpc-status.ts'
import { requestIdOf } from './request-id.ts'

/** Options that only the interceptor of a server has. */
export interface GrpcServerOptions {
  /**
   * Where the request id comes from. `true`: a well-formed `x-request-id` in the caller's metadata,
   * otherwise a random one. `false`: none. A function is called first; where it returns no
   * well-formed id, as with `true`. The id is sent back as `x-request-id`. @defaultValue true
   */
  readonly requestId?: boolean | ((metadata: Metadata) => string | undefined)
  /**
   * Whether a call has a line at its start too. It waits like any info line. @defaultValue false
   */
  readonly start?: boolean
  /**
   * Whether the closing line is written for good calls too, at once: an access log.
   * @defaultValue false
   */
  readonly always?: boolean
  /**
   * A call that takes longer is released, and its closing line is a warning. Milliseconds (>= 0).
   * @defaultValue `hold.slowMs`
   */
  readonly slowMs?: number
}

const optionNames = [
  'logger',
  'ignore',
  'requestId',
  'start',
  'always',
  'slowMs',
  'isError',
] as const
const requestIdKey = 'x-request-id'

/** @param standard - the default logger, at the time of a call */
export function createServerInterceptor(
  standard: () => Origin,
  options?: GrpcOptions & GrpcServerOptions & { readonly logger?: object },
): ServerInterceptor {
  const check = optionsOf('log.serverInterceptor')
  const given = check.options('options', options, optionNames)
  const { logger, requestId = true, start = false, always = false, slowMs } = given
  const { isIgnored, isError } = grpcRules(check, given)
  const origin = originOption(check, logger)
  const newId = requestIdOf(check, requestId)
  check.boolean('start', start)
  check.boolean('always', always)
  if (slowMs !== undefined) check.number('slowMs', slowMs, { min: 0 })

  function open(path: string, metadata: Metadata, streams: boolean): GrpcCall {
    const name = methodName(path)
    const { service, method } = methodParts(name)
    const id = newId(metadata, metadata.get(requestIdKey)[0])
    const silent = isIgnored(name)
    const parts = { id, service, method, start, always, silent, slowMs, streams }
    return new GrpcCall(origin ?? standard(), parts)
  }

  return (descriptor, call) => {
    let opened: GrpcCall | undefined
    // The class of metadata, taken from what has come: grpc-js is not loaded for it.
    let MetadataClass: (new () => Metadata) | undefined
    let answered = false
    const withId = (metadata: Metadata) => {
      const id = opened?.id
      if (id !== undefined && metadata.get(requestIdKey).length === 0) {
        metadata.set(requestIdKey, id)
      }
      return metadata
    }
    const sendMetadata = (metadata: Metadata) => {
      answered = true
      if (opened !== undefined) opened.answered = true
      call.sendMetadata(withId(metadata))
    }
    const observer: GrpcObserver = {
      started(metadata) {
        MetadataClass = metadata.constructor as new () => Metadata
        const { path, requestStream, responseStream } = descriptor
        opened = attempt(() => open(path, metadata, requestStream || responseStream))
      },
      within: (fn) => (opened === undefined ? fn() : opened.run(fn)),
      ended({ code, details }) {
        opened?.run(() => opened?.end(isError(code), statusFields(code, details)))
      },
    }
    return observeServerCall(call, observer, {
      sendMetadata,
      sendMessage(message, callback) {
        if (opened !== undefined) opened.answered = true
        if (!answered && opened?.id !== undefined && MetadataClass !== undefined) {
          sendMetadata(new MetadataClass())
        }
        call.sendMessage(message, callback)
      },
      sendStatus(status) {
        // Without metadata or messages before, the answer is the status alone.
        if (answered || opened?.id === undefined || MetadataClass === undefined) {
          call.sendStatus(status)
        } else {
          const metadata = withId(status.metadata?.clone() ?? new MetadataClass())
          call.sendStatus({ ...status, metadata })
        }
      },
    })
  }
}
