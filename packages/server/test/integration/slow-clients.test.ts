import { once } from 'node:events'
import { get } from 'node:http'
import { connect, type Socket } from 'node:net'
import * as server from '@clew/server'
import { expect, test } from '@jest/globals'

const many = 100
/** More than the system takes for a client that reads nothing. */
const large = Buffer.alloc(16 << 20)

test('slow headers, bodies and readers, idle connections, what is too large or no HTTP at once: cut, the others unharmed', async () => {
  const app = server.create(
    async (req, res) => {
      for await (const _ of req);
      res.end(req.url === '/large' ? large : 'ok')
    },
    {
      address: '127.0.0.1:0',
      logger: { log() {} },
      timeouts: { readHeaderMs: 500, readMs: 500, idleMs: 500, writeMs: 500 },
    },
  )
  const { address } = await app.listen()
  const closed: Promise<unknown>[] = []
  const dripping = new Set<Socket>()
  const open = (start: string, drip: string) => {
    for (let index = 0; index < many; index++) {
      const socket = connect(address.port ?? 0, '127.0.0.1')
      socket.write(start)
      closed.push(new Promise((resolve) => socket.on('error', () => {}).on('close', resolve)))
      socket.resume()
      if (drip === '') continue
      dripping.add(socket)
      socket.on('close', () => dripping.delete(socket))
    }
  }
  open('', '')
  open('GET / HTTP/1.1\r\nHost: x\r\n', 'a')
  open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n', 'a')
  open('GET / HTTP/1.1\r\nHost: x\r\n\r\n', '')
  open('\0\x01\x02 no HTTP\r\n\r\n', '')
  open(`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`, '')
  const readers = Array.from({ length: many }, () => {
    const socket = connect(address.port ?? 0, '127.0.0.1').on('error', () => {})
    socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n')
    return socket
  })
  const timer = setInterval(() => {
    for (const socket of dripping) socket.write('a')
  }, 50)
  const ask = async () => {
    const [res] = await once(get(address.url, { agent: false }), 'response')
    await once(res.resume(), 'end')
    return res.statusCode
  }
  for (let round = 0; round < 20; round++) expect(await ask()).toBe(200)
  await Promise.all(closed)
  while (app.inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  for (const socket of readers) socket.destroy()
  clearInterval(timer)
  expect(await ask()).toBe(200)
  const report = await app.shutdown()
  expect(report).toMatchObject({ clean: true, inFlight: 0 })
  expect(report.refused).toMatchObject({
    timeout: 2 * many,
    malformed: many,
    tooLarge: many,
    stalled: many,
  })
})
