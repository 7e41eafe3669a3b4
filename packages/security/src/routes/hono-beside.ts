import type { IncomingMessage, ServerResponse } from 'node:http'
import { addVary, besideOf, putBeside } from '../guard/beside.ts'
import type { HonoContextLike } from './hono-answer.ts'

interface NodeBindings {
  readonly incoming?: IncomingMessage
  readonly outgoing?: ServerResponse
}

/** The request of Node behind Hono's, where there is one. */
export const incomingOf = ({ env }: HonoContextLike): IncomingMessage | undefined =>
  (env as NodeBindings | undefined)?.incoming

/**
 * Before the handler: on Node's response, on which @hono/node-server writes what the application says.
 * A header that is added to Hono's response afterwards makes a `Response` of undici of it, which
 * costs more than everything else that a guard does.
 */
export function putBeforeHono(hono: HonoContextLike): void {
  const { incoming, outgoing } = (hono.env ?? {}) as NodeBindings
  if (incoming !== undefined && typeof outgoing?.setHeader === 'function') {
    putBeside(outgoing, besideOf(incoming))
  }
}

/** Afterwards: what the application says takes the place of what was put before, but for `Vary`. */
export function putAfterHono(hono: HonoContextLike): void {
  // A copy of 101 cannot be made.
  if (!hono.finalized || hono.res.status < 200) return
  const beside = besideOf(incomingOf(hono) ?? (hono.req.raw as unknown as IncomingMessage))
  if (beside === undefined) return
  const { headers } = hono.res
  const target = {
    getHeader: (name: string) => headers.get(name),
    setHeader: (name: string, value: string) => hono.header(name, value),
  }
  if ((hono.env as NodeBindings | undefined)?.outgoing === undefined) putBeside(target, beside)
  else if (beside['Vary'] !== undefined && headers.has('Vary')) addVary(target, beside['Vary'])
}
