import { connect } from 'node:net'
import * as server from '@clew/server'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'

// Whatever clients do while a server shuts down: it ends, and each request is answered, aborted,
// failed or cut.

const client = fc.record({
  /** Requests written at once on one connection. */
  pipelined: fc.integer({ min: 1, max: 4 }),
  keepAlive: fc.boolean(),
  path: fc.constantFrom('/fast', '/slow', '/large', '/stream', '/never', '/throws', '/breaks'),
  /** Leaves after so many turns of the event loop; undefined: stays. */
  leavesAfter: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
  reads: fc.boolean(),
  startsAfter: fc.integer({ min: 0, max: 20 }),
})

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 1))
}

function handler(req: { url?: string | undefined }, res: any) {
  if (req.url === '/fast') res.end('ok')
  if (req.url === '/slow') setTimeout(() => res.end('ok'), 15)
  if (req.url === '/large') res.end(Buffer.alloc(8 << 20))
  if (req.url === '/throws') throw new Error('thrown')
  if (req.url === '/breaks') {
    res.write('begun')
    return new Promise((_, reject) => setTimeout(() => reject(new Error('broken')), 5))
  }
  if (req.url === '/stream') {
    res.write('begun')
    setTimeout(() => res.end('ended'), 20)
  }
}

test('inFlight + arrived = answered + aborted + failed + cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(client, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 0, max: 20 }),
      async (clients, stopsAfter) => {
        const app = server.create(handler, {
          address: '127.0.0.1:0',
          logger: { log() {} },
          shutdown: { drainDelayMs: 10, lingerMs: 10, timeoutMs: 120, abortMs: 10 },
        })
        const { address } = await app.listen()
        const calls = clients.map(async (one) => {
          await turns(one.startsAfter)
          const socket = connect(address.port ?? 0, '127.0.0.1').on('error', () => {})
          socket.write(
            `GET ${one.path} HTTP/1.1\r\nHost: x\r\n${one.keepAlive ? '' : 'Connection: close\r\n'}\r\n`.repeat(
              one.pipelined,
            ),
          )
          if (one.reads) socket.resume()
          if (one.leavesAfter !== undefined) {
            await turns(one.leavesAfter)
            socket.destroy()
          }
          return socket
        })
        await turns(stopsAfter)
        const report = await app.shutdown()
        for (const socket of await Promise.all(calls)) {
          socket.resume()
          if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
        }
        const { answered, aborted, failed, cut } = report
        expect(report.inFlight + report.arrived).toBe(answered + aborted + failed + cut)
        expect(report.cutRequests.length).toBeLessThanOrEqual(report.cut)
        expect(app.inFlight).toBe(0)
        expect(app.state).toBe('stopped')
      },
    ),
    { numRuns: 25 },
  )
})
