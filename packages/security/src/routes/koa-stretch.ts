import type { IncomingMessage, ServerResponse } from 'node:http'
import { recordOf } from '@clew/internal/requests/record'
import { type Denied, denied } from '../guard/answer.ts'
import { type RequestState, stateOf } from '../requests/state.ts'
import { enterCover, stretchOf } from './stretch.ts'

/** The part of Koa's context that is used. */
export interface KoaContextLike {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly method: string
  status: number
  body: unknown
  /** False: a handler writes to `res` itself. */
  respond?: boolean | undefined
  /** Of the route. */
  readonly params?: unknown
  /** With the body that a parser has read. */
  readonly request?: object
  set(name: string, value: string | string[]): void
  vary(name: string): void
}

export type KoaMiddleware = (
  context: KoaContextLike,
  next: () => Promise<unknown>,
) => Promise<unknown>

export const koaState = (koa: KoaContextLike): RequestState => stateOf(recordOf(koa.req))

export async function refuseKoa(
  koa: KoaContextLike,
  { status, headers, body }: Denied = denied('no_policy'),
): Promise<void> {
  koa.status = status
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'Vary') koa.vary(value as string)
    else koa.set(name, value as string | string[])
  }
  // After its type, which Koa would guess.
  koa.body = body
}

/** Whether somebody has answered, with something else than an error or an empty answer to `OPTIONS`. */
function isAnswered({ status, respond, res, method, body }: KoaContextLike): boolean {
  if (respond === false || res.headersSent) return true
  return status < 400 && !(method === 'OPTIONS' && (body === undefined || body === ''))
}

/**
 * Runs what is below a guard. Unless it has answered, whoever answers afterwards does so outside of
 * the guard.
 */
export async function coverKoa(koa: KoaContextLike, run: () => unknown): Promise<void> {
  const state = koaState(koa)
  const outer = state.passage
  enterCover(state)
  let hasAnswered = false
  try {
    await run()
    hasAnswered = isAnswered(koa)
  } finally {
    if (!hasAnswered) state.passage = outer
  }
}

/** Runs what comes behind the functions that a guard covers. */
export async function leaveCover(koa: KoaContextLike, next: () => Promise<unknown>): Promise<void> {
  const state = koaState(koa)
  const own = stretchOf(state)
  state.passage = own?.outer
  await next()
  if (stretchOf(state)?.inside === 'open' && isAnswered(koa)) await refuseKoa(koa)
  state.passage = own
}
