import type { IncomingMessage, ServerResponse } from 'node:http'
import { bindingsOf } from '@clew/internal/adapters/hono'
import { addVary, besideOf, putBeside } from '../guard/beside.ts'
import type { HonoContextLike } from './hono-answer.ts'

/** The request of Node behind Hono's, where there is one. */
export const incomingOf = (hono: HonoContextLike): IncomingMessage | undefined =>
  bindingsOf(hono).incoming

/** The response of Node, if it is one that headers can be put on before Hono has its own. */
function outgoingOf(hono: HonoContextLike): ServerResponse | undefined {
  const { incoming, outgoing } = bindingsOf(hono)
  return incoming !== undefined && typeof outgoing?.setHeader === 'function' ? outgoing : undefined
}

/**
 * Before the handler: on Node's response, on which @hono/node-server writes what the application says.
 * A header that is added to Hono's response afterwards makes a `Response` of undici of it, which
 * costs more than everything else that a guard does.
 */
export function putBeforeHono(hono: HonoContextLike): void {
  const outgoing = outgoingOf(hono)
  if (outgoing !== undefined) putBeside(outgoing, besideHono(hono))
}

/** Afterwards: what the application says takes the place of what was put before, but for `Vary`. */
export function putAfterHono(hono: HonoContextLike): void {
  // A copy of 101 cannot be made.
  if (!hono.finalized || hono.res.status < 200) return
  const beside = besideHono(hono)
  if (beside === undefined) return
  const { headers } = hono.res
  const target = {
    getHeader: (name: string) => headers.get(name),
    setHeader: (name: string, value: string) => hono.header(name, value),
  }
  if (outgoingOf(hono) === undefined) putBeside(target, beside)
  else if (beside['Vary'] !== undefined && headers.has('Vary')) addVary(target, beside['Vary'])
}

const besideHono = (hono: HonoContextLike) =>
  besideOf(incomingOf(hono) ?? (hono.req.raw as unknown as IncomingMessage))
