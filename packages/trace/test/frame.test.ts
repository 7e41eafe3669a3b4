import { frames } from '@clew/internal/requests/frame'
import { recordOf } from '@clew/internal/requests/record'
import { type Listening, listen } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { trace as api, context, propagation } from '@opentelemetry/api'
import {
  AlwaysOnSampler,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { memory } from './memory.ts'

let spans = memory()
let tracing: trace.Tracing | undefined
let server: Listening | undefined

beforeEach(() => {
  spans = memory()
})
afterEach(async () => {
  await server?.close()
  server = undefined
  await tracing?.shutdown()
  tracing = undefined
  for (const global of [api, context, propagation]) global.disable()
})

const configure = async () => {
  tracing = await trace.configure({
    service: { name: 't' },
    exporter: spans,
    sampler: 'always',
    clients: false,
  })
}

/** As log does: the rest of the request runs in its frame, which has the scope. */
const scope: trace.Middleware = (req, _res, next) => {
  const record = recordOf(req)
  record.frame.log = 'scope'
  record.run(() => next())
}

const kindOf = () => (api.getActiveSpan() as { kind?: number } | undefined)?.kind

/** What is seen in the handler, in a timer, and by the listeners of the request. */
async function seenBehind(...chain: readonly trace.Middleware[]): Promise<unknown[]> {
  const seen: unknown[] = []
  server = await listen((req, res) => {
    const note = (where: string) => {
      seen.push([
        where,
        kindOf(),
        frames.getStore()?.log,
        frames.getStore() === recordOf(req).frame,
      ])
    }
    const handler = () => {
      note('handler')
      setImmediate(() => {
        note('timer')
        req.on('data', () => note('data'))
        req.on('end', () => {
          note('end')
          res.end()
        })
      })
    }
    const run = (index: number): void => {
      const middleware = chain[index]
      if (middleware === undefined) handler()
      else middleware(req, res, () => run(index + 1))
    }
    run(0)
  })
  await (await fetch(server.url, { method: 'POST', body: 'x' })).text()
  return seen
}

const everywhere = (...seen: unknown[]) =>
  ['handler', 'timer', 'data', 'end'].map((where) => [where, ...seen])

describe('the frame of a request', () => {
  test('is the only one that trace and log need, in either order', async () => {
    await configure()
    expect(await seenBehind(trace.http(), scope)).toEqual(everywhere(1, 'scope', true))
    await server?.close()
    expect(await seenBehind(scope, trace.http())).toEqual(everywhere(1, 'scope', true))
  })

  test('keeps what an ignored request does from being traced, in its events too', async () => {
    await configure()
    const inside: trace.Middleware = (req, _res, next) => {
      req.on('end', () => trace.span('end', () => {}))
      trace.span('handler', () => {})
      next()
    }
    const seen = await seenBehind(scope, trace.http({ ignore: ['/'] }), inside)
    expect(seen).toEqual(everywhere(undefined, 'scope', true))
    await tracing?.flush()
    expect(spans.spans).toEqual([])
  })

  test('stands inside the context of another SDK, in either order', async () => {
    new NodeTracerProvider({
      sampler: new AlwaysOnSampler(),
      spanProcessors: [new SimpleSpanProcessor(spans)],
    }).register()
    await configure()
    expect(await seenBehind(trace.http(), scope)).toEqual(everywhere(1, 'scope', true))
    await server?.close()
    expect(await seenBehind(scope, trace.http())).toEqual(everywhere(1, 'scope', true))
    expect(spans.spans).toHaveLength(2)
  })

  test('needs no tracing that is configured', async () => {
    expect(await seenBehind(trace.http(), scope)).toEqual(everywhere(undefined, 'scope', true))
  })
})
