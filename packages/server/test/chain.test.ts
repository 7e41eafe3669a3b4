import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { fail } from '../src/pipeline/answers.ts'
import { chain, guarded, type Layer } from '../src/pipeline/chain.ts'

const exchange = () => {
  const req = new IncomingMessage(new Socket())
  return [req, new ServerResponse(req)] as const
}

function recorded() {
  const events: string[] = []
  return {
    events,
    onError: (error: unknown) => void events.push(`error ${(error as Error).message}`),
    onLayerError: (name: string, error: unknown) =>
      void events.push(`${name} ${(error as Error).message}`),
  }
}

describe('chain', () => {
  test('the first layer is outermost; a second next() does nothing', () => {
    const { events, ...on } = recorded()
    const layer = (name: string): Layer => ({
      name,
      middleware: (_req, _res, next) => {
        events.push(name)
        next()
        next()
      },
    })
    chain([layer('a'), layer('b')], () => events.push('handler'), on)(...exchange())
    expect(events).toEqual(['a', 'b', 'handler'])
  })

  test('next(error) is an error of the request; null is none', () => {
    const { events, ...on } = recorded()
    const layer = (error: unknown): Layer => ({
      name: 'a',
      middleware: (_req, _res, next) => next(error),
    })
    chain([layer(new Error('no'))], () => events.push('handler'), on)(...exchange())
    chain([layer(null)], () => events.push('handler'), on)(...exchange())
    expect(events).toEqual(['error no', 'handler'])
  })

  test('a layer that throws after next() does not run the handler twice', () => {
    const { events, ...on } = recorded()
    const layer: Layer = {
      name: 'a',
      middleware: (_req, _res, next) => {
        next()
        throw new Error('late')
      },
    }
    chain([layer], () => events.push('handler'), on)(...exchange())
    expect(events).toEqual(['handler', 'a late'])
  })

  test('a handler that throws or rejects is an error of the request', async () => {
    const { events, ...on } = recorded()
    const throws = () => {
      throw new Error('thrown')
    }
    guarded(throws, on.onError)(...exchange())
    guarded(() => Promise.reject(new Error('rejected')), on.onError)(...exchange())
    await new Promise((resolve) => setImmediate(resolve))
    expect(events).toEqual(['error thrown', 'error rejected'])
  })
})

describe('fail', () => {
  test('forgets the headers made so far, but not the end of the connection', () => {
    const [, res] = exchange()
    res.setHeader('Set-Cookie', 'a=b')
    res.setHeader('Connection', 'close')
    fail(res, 503)
    expect(res.statusCode).toBe(503)
    expect(res.getHeaders()).toEqual({
      connection: 'close',
      'content-type': 'text/plain; charset=utf-8',
    })
  })

  test('leaves a response alone that has ended', () => {
    const [, res] = exchange()
    res.statusCode = 204
    res.end()
    fail(res)
    expect(res.statusCode).toBe(204)
    expect(res.destroyed).toBe(false)
  })
})
