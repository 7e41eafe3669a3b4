import { type Denied, denied } from '../guard/answer.ts'

/** The part of Hono's context that is used. */
export interface HonoContextLike {
  readonly env: unknown
  readonly finalized: boolean
  res: Response
  readonly req: {
    readonly method: string
    readonly raw: Request
    /** What has been read of the body. */
    readonly bodyCache: object
    param(): object
    arrayBuffer(): Promise<ArrayBuffer>
  }
  header(name: string, value?: string, options?: { append?: boolean }): void
  body(...args: never[]): unknown
}

export type HonoNext = () => Promise<void>
export type HonoHandler = (context: HonoContextLike, next: HonoNext) => unknown

/** Through Hono's context, so that headers set before (CORS, request id) stay. */
export function answerHono(
  hono: HonoContextLike,
  { status, headers, body }: Denied = denied('no_policy'),
): Response {
  for (const [name, values] of Object.entries(headers)) {
    let isFurther = name === 'Vary'
    for (const value of [values].flat() as string[]) {
      hono.header(name, value, { append: isFurther })
      isFurther = true
    }
  }
  return (hono.body as (body: string, status: number) => Response)(body, status)
}

/** In place of an answer that somebody has given outside of every guard. */
function refuse(hono: HonoContextLike): void {
  hono.res = undefined as never
  const { status, headers, body } = denied('no_policy')
  hono.res = new Response(body, { status, headers: headers as Record<string, string> })
}

/** What a function outside of every guard may answer: an error, or `OPTIONS` without a body. */
const isHarmless = (hono: HonoContextLike, { status, body }: Response) =>
  status >= 400 || (hono.req.method === 'OPTIONS' && body === null)

/** Runs a function outside of every guard, which may pass the request on, and may not answer it. */
export async function runOpen(
  hono: HonoContextLike,
  next: HonoNext,
  handler: HonoHandler,
): Promise<unknown> {
  let isAnswered = false
  const answer = await handler(hono, async () => {
    await next()
    // Answers behind this function are judged there. Out of an error nobody makes anything else.
    isAnswered = hono.finalized && hono.res.status < 400
  })
  if (isAnswered) return answer
  const response = hono.finalized ? hono.res : (answer as Response | undefined)
  if (response === undefined || isHarmless(hono, response)) return answer
  refuse(hono)
  return undefined
}

/** Behind everything: what `notFound` answers is outside of every guard, too. */
export async function runNotFound(hono: HonoContextLike, next: HonoNext): Promise<void> {
  await next()
  if (hono.finalized && !isHarmless(hono, hono.res)) refuse(hono)
}
