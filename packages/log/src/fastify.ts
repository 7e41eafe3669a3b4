import { type OnErrorHook, onErrorHook } from '@clew/internal/adapters/errors'
import { createOnRequestHook, type OnRequestHook } from '@clew/internal/adapters/fastify'
import { type AdapterOptions, adaptedHttp } from './logger/adapted-http.ts'
import type { HttpOptions } from './requests/http.ts'

export type { OnErrorHook } from '@clew/internal/adapters/errors'
export type { FastifyRequestLike, OnRequestHook } from '@clew/internal/adapters/fastify'
export type { AdapterOptions } from './logger/adapted-http.ts'
export type { HttpOptions } from './requests/http.ts'

/** `app.addHook('onRequest', http())`: `http` of `@clew/log` with Fastify's route. */
export function http(options?: HttpOptions & AdapterOptions): OnRequestHook {
  return createOnRequestHook(adaptedHttp(options))
}

/**
 * `app.addHook('onError', errors())`: notes the error that Fastify answers with a 5xx, for the closing
 * line.
 */
export function errors(): OnErrorHook {
  return onErrorHook
}
