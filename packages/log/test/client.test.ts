import { listen } from '@clew/testing'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Agent, request } from 'undici'
import { memory } from './memory.ts'

let server: Awaited<ReturnType<typeof listen>>
beforeEach(async () => {
  server = await listen((req, res) => {
    if (req.url?.startsWith('/cut')) req.socket.destroy()
    else {
      res.statusCode = Number(/\d+/.exec(req.url ?? '')?.[0] ?? 200)
      res.end('body')
    }
  })
})
afterEach(() => server.close())

const agent = new Agent()
const clients: Record<string, (url: string) => Promise<unknown>> = {
  fetch: (url) => fetch(url).then((response) => response.text()),
  undici: (url) => request(url, { dispatcher: agent }).then(({ body }) => body.text()),
}

describe.each(Object.entries(clients))('%s', (_name, call) => {
  test('a good answer is a line that waits in the scope of the call', async () => {
    const { logger, lines } = memory()
    const stop = logger.client()
    await logger.scope({ job: 1 }, async () => {
      await call(`${server.url}/200?api_key=s3cret&a=1`)
      await call(`${server.url}/404`)
      expect(lines).toEqual([])
      logger.flush()
    })
    stop()
    await call(`${server.url}/503`)
    expect(lines.map(({ level, msg, fields }) => ({ level, msg, fields })).slice(0, 2)).toEqual([
      {
        level: 'info',
        msg: 'finished client HTTP request',
        fields: {
          job: 1,
          'http.method': 'GET',
          'http.url': `${server.url}/200?api_key=[redacted]&a=1`,
          'http.status': 200,
          'http.time_ms': expect.any(Number),
        },
      },
      expect.objectContaining({ fields: expect.objectContaining({ 'http.status': 404 }) }),
    ])
    expect(lines).toHaveLength(3)
  })

  test('a 5xx and no answer are errors, and release the scope of the call', async () => {
    const { logger, lines } = memory()
    const stop = logger.client({ skip: (url) => url.endsWith('/telemetry') })
    logger.client()
    await logger.scope({ job: 2 }, async () => {
      logger.info('held')
      await call(`${server.url}/telemetry`)
      await call(`${server.url}/503`)
      await expect(call(`${server.url}/cut`)).rejects.toThrow()
    })
    stop()
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['info', 'held'],
      ['error', 'finished client HTTP request'],
      ['error', 'finished client HTTP request'],
      ['info', 'end'],
    ])
    expect(lines[2]?.fields).toMatchObject({ job: 2, err: { message: expect.any(String) } })
  })
})
