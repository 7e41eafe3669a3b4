import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as log from '@clew/log'
import { expect, test } from '@jest/globals'
import { text } from './memory.ts'

async function closingLine(http: log.HttpOptions, options: log.LogOptions = {}) {
  const { logger, rows } = text('json', options)
  const middleware = logger.http({ always: true, ...http })
  const server = createServer((req, res) => middleware(req, res, () => res.end('ok')))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const headers = { 'user-agent': 'probe/1', referer: 'https://u:s3cret@h/x?token=s3cret&a=1' }
  await (await fetch(`http://127.0.0.1:${port}/`, { headers })).text()
  server.close()
  await once(server, 'close')
  return rows().at(-1) ?? {}
}

test('the closing line shows user agent and referer where it is told to, without credentials', async () => {
  expect(await closingLine({ userAgent: true, referer: true })).toMatchObject({
    'http.user_agent': 'probe/1',
    'http.referer': 'https://[redacted]@h/x?token=[redacted]&a=1',
  })
  expect(await closingLine({ userAgent: true, referer: true }, { names: 'ecs' })).toMatchObject({
    'user_agent.original': 'probe/1',
    'http.request.referrer': expect.stringContaining('https://[redacted]@h/'),
  })
  const none = await closingLine({})
  expect(none).not.toHaveProperty(['http.user_agent'])
  expect(none).not.toHaveProperty(['http.referer'])
  expect(() => log.http({ userAgent: 'yes' as never })).toThrow('log.http: userAgent must be')
})
