import { once } from 'node:events'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import type * as health from '@clew/health'
import { afterEach, expect, test } from '@jest/globals'
import { checkedPinger } from '../src/pingers/pinger.ts'
import { createRunner } from '../src/pings/runner.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const runnerOf = (ping: health.Pinger['ping'], timeoutMs = 60_000) =>
  createRunner(checkedPinger('test', { name: 'db', ping, timeoutMs }))

test('says how a ping ended, and how long it took', async () => {
  const error = new Error('gone')
  expect(await runnerOf(() => 1).run()).toEqual({
    result: 'passed',
    error: undefined,
    durationMs: expect.any(Number),
  })
  expect(await runnerOf(() => Promise.reject(error)).run()).toMatchObject({
    result: 'failed',
    error,
  })
})

test('is stuck from the timeout until the ping returns, even with an error', async () => {
  let fail: (error: Error) => void = () => {}
  const hang = new Promise<void>((_, reject) => {
    fail = reject
  })
  const runs = runnerOf(() => hang, 5)
  expect(runs.stuck()).toBeUndefined()
  expect(await runs.run()).toMatchObject({ result: 'timed out' })
  const stuck = runs.stuck()
  expect(stuck).toMatchObject({ result: 'stuck', error: { code: 'ERR_HEALTH_STUCK' } })
  expect(stuck?.durationMs).toBeGreaterThan(0)
  fail(new Error('much too late'))
  await new Promise(setImmediate)
  expect(runs.stuck()).toBeUndefined()
})

test('stop ends the ping that runs, and the next ones', async () => {
  let reason: unknown
  const runs = runnerOf(
    (signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          reason = signal.reason
        })
      }),
  )
  const running = runs.run()
  runs.stop()
  expect(await running).toMatchObject({ result: 'stopped' })
  expect(reason).toMatchObject({ name: 'AbortError' })
  expect(await runs.run()).toMatchObject({ result: 'stopped' })
})

test('an answer that arrived while the event loop was blocked beats the timeout', async () => {
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
     require('node:net').createServer((socket) => socket.on('data', () => socket.write('pong', () => {
       Atomics.store(workerData, 0, 1)
       Atomics.notify(workerData, 0)
     }))).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port) })`,
    { eval: true, workerData: flag },
  )
  cleanups.push(() => worker.terminate())
  const [port] = await once(worker, 'message')
  const socket = connect(port, '127.0.0.1')
  cleanups.push(() => socket.destroy())
  await once(socket, 'connect')
  const outcome = await runnerOf(() => {
    const answer = once(socket, 'data')
    socket.write('ping')
    Atomics.wait(flag, 0, 0)
    // Block until long after the timeout.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    return answer
  }, 10).run()
  expect(outcome).toMatchObject({ result: 'passed' })
})
