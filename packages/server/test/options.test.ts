import { afterEach, describe, expect, test } from '@jest/globals'
import { settingsOf } from '../src/options.ts'

const rejects = (options: unknown, message: string) => {
  let thrown: unknown
  try {
    settingsOf(options as never)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toMatchObject({ name: 'TypeError', code: 'ERR_SERVER_OPTION', message })
}

const kubernetes = process.env['KUBERNETES_SERVICE_HOST']
afterEach(() => {
  if (kubernetes === undefined) delete process.env['KUBERNETES_SERVICE_HOST']
  else process.env['KUBERNETES_SERVICE_HOST'] = kubernetes
})

describe('defaults', () => {
  test('are complete', () => {
    delete process.env['KUBERNETES_SERVICE_HOST']
    expect(settingsOf({})).toMatchObject({
      address: { port: 8080 },
      admin: undefined,
      probes: false,
      timeouts: { readHeaderMs: 10_000, readMs: 60_000, writeMs: 60_000, idleMs: 72_000 },
      maxHeaderBytes: 16_384,
      shutdown: {
        drainDelayMs: 0,
        lingerMs: 1_000,
        timeoutMs: 25_000,
        abortMs: 1_000,
        hookMs: 5_000,
        flushMs: 5_000,
        crashTimeoutMs: 3_000,
      },
      onShutdown: [],
    })
    expect(settingsOf({ admin: {} }).admin?.address).toEqual({ host: '127.0.0.1', port: 8081 })
  })

  test('wait for load balancers in Kubernetes', () => {
    process.env['KUBERNETES_SERVICE_HOST'] = '10.0.0.1'
    expect(settingsOf({}).shutdown).toMatchObject({ drainDelayMs: 5_000, lingerMs: 5_000 })
  })

  test('of the read timeouts follow each other', () => {
    const of = (timeouts: object) => {
      const { readHeaderMs, readMs } = settingsOf({ timeouts }).timeouts
      return [readHeaderMs, readMs]
    }
    expect(of({ readMs: 5_000 })).toEqual([5_000, 5_000])
    expect(of({ readHeaderMs: 90_000 })).toEqual([90_000, 90_000])
    expect(of({ readMs: 0 })).toEqual([10_000, 0])
    expect(of({ readHeaderMs: 0 })).toEqual([0, 60_000])
  })
})

describe('a bad option is named with what was given', () => {
  test.each([
    [null, 'options must be an object, not null'],
    [{ address: '8080' }, expect.stringMatching(/^address must be ':8080', .*, not "8080"$/)],
    [{ service: 'shop' }, 'service must be { name, version }, not "shop"'],
    [{ probes: 'yes' }, 'probes must be true or false, not "yes"'],
    [{ maxHeaderBytes: 10 }, 'maxHeaderBytes must be an integer from 1024 to 16777216, not 10'],
    [{ timeouts: 5 }, 'timeouts must be an object, not 5'],
    [
      { timeouts: { readMs: -1 } },
      'timeouts.readMs must be an integer from 0 to 2147483647, not -1',
    ],
    [
      { timeouts: { idleMs: '5s' } },
      'timeouts.idleMs must be an integer from 0 to 2147483647, not "5s"',
    ],
    [
      { timeouts: { readHeaderMs: 600, readMs: 500 } },
      'timeouts.readHeaderMs must be at most timeouts.readMs (500), not 600',
    ],
    [
      { shutdown: { timeoutMs: 1.5 } },
      'shutdown.timeoutMs must be an integer from 0 to 2147483647, not 1.5',
    ],
    [
      { shutdown: { drainDelayMs: 5_000, timeoutMs: 5_000 } },
      'shutdown.drainDelayMs must be less than shutdown.timeoutMs (5000), not 5000',
    ],
    [{ onShutdown: () => {} }, 'onShutdown must be an array, not a function'],
    [{ onShutdown: [() => {}, 1] }, 'onShutdown[1] must be a function, not 1'],
    [{ onDrain: true }, 'onDrain must be a function, not true'],
    [{ onUpgrade: {} }, 'onUpgrade must be a function, not an object'],
    [{ logger: {} }, 'logger.log must be a function, not undefined'],
    [{ logger: 'pino' }, 'logger must be an object, not "pino"'],
    [{ health: {} }, 'health.handler must be a function, not undefined'],
    [{ debug: { handler: [] } }, 'debug.handler must be a function, not an array'],
    [{ tracing: { shutdown: 1 } }, 'tracing.shutdown must be a function, not 1'],
    [{ metrics: { handler: 1 } }, 'metrics.handler must be a function, not 1'],
    [{ admin: ':1' }, 'admin must be an object, not ":1"'],
    [{ admin: { guard: 1 } }, 'admin.guard must be a function, not 1'],
    [
      { admin: { address: ':8081' } },
      'admin.address must be a loopback address or a unix socket as long as there is no admin.guard, not ":8081"',
    ],
  ])('%j', (options, message) => {
    rejects(options, message as string)
  })
})

test('a guard opens the admin listener to other addresses', () => {
  const guard = () => {}
  expect(settingsOf({ admin: { address: ':8081', guard } }).admin).toEqual({
    address: { port: 8081 },
    guard,
  })
})
