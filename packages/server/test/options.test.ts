import * as server from '@clew/server'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createCheck } from '../src/errors.ts'
import { settingsOf as readSettings, serverOptionNames } from '../src/options/settings.ts'

const settingsOf = (options: server.ServerOptions) =>
  readSettings(createCheck('server.create'), options, false)

const rejects = (options: unknown, message: string) => {
  let thrown: unknown
  try {
    server.create(() => {}, options as never)
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
      admin: undefined,
      probes: false,
      timeouts: { readHeaderMs: 10_000, readMs: 60_000, writeMs: 60_000, idleMs: 72_000 },
      maxHeaderBytes: 16_384,
      shutdown: {
        drainDelayMs: 0,
        lingerMs: 5_000,
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
    [null, 'server.create: options must be an object; received null'],
    [
      { address: '8080' },
      expect.stringMatching(/^server\.create: address must be ':8080', .*; received "8080"$/),
    ],
    [
      { service: { name: '' } },
      'server.create: service.name must be a non-empty string; received ""',
    ],
    [
      { service: { name: 'shop', version: 1 } },
      'server.create: service.version must be a string; received 1',
    ],
    [{ service: 'shop' }, 'server.create: service must be an object; received "shop"'],
    [{ probes: 'yes' }, 'server.create: probes must be true or false; received "yes"'],
    [
      { maxHeaderBytes: 10 },
      'server.create: maxHeaderBytes must be an integer from 1024 to 16777216; received 10',
    ],
    [{ timeouts: 5 }, 'server.create: timeouts must be an object; received 5'],
    [
      { timeouts: { readMs: -1 } },
      'server.create: timeouts.readMs must be an integer from 0 to 2147483647; received -1',
    ],
    [
      { timeouts: { idleMs: '5s' } },
      'server.create: timeouts.idleMs must be an integer from 0 to 2147483647; received "5s"',
    ],
    [
      { timeouts: { readHeaderMs: 600, readMs: 500 } },
      'server.create: timeouts.readHeaderMs must be at most timeouts.readMs (500); received 600',
    ],
    [
      { shutdown: { timeoutMs: 1.5 } },
      'server.create: shutdown.timeoutMs must be an integer from 0 to 2147483647; received 1.5',
    ],
    [
      { shutdown: { drainDelayMs: 5_000, timeoutMs: 5_000 } },
      'server.create: shutdown.drainDelayMs must be less than shutdown.timeoutMs (5000); received 5000',
    ],
    [
      { onShutdown: () => {} },
      'server.create: onShutdown must be an array of functions; received a function',
    ],
    [{ onShutdown: [() => {}, 1] }, 'server.create: onShutdown[1] must be a function; received 1'],
    [{ onDrain: true }, 'server.create: onDrain must be a function; received true'],
    [{ onUpgrade: {} }, 'server.create: onUpgrade must be a function; received an object'],
    [{ logger: {} }, 'server.create: logger.log must be a function; received undefined'],
    [{ logger: 'pino' }, 'server.create: logger must be an object; received "pino"'],
    [{ health: {} }, 'server.create: health.handler must be a function; received undefined'],
    [
      { debug: { handler: [] } },
      'server.create: debug.handler must be a function; received an array',
    ],
    [
      { tracing: { shutdown: 1 } },
      'server.create: tracing.shutdown must be a function; received 1',
    ],
    [{ metrics: { handler: 1 } }, 'server.create: metrics.handler must be a function; received 1'],
    [{ admin: ':1' }, 'server.create: admin must be an object; received ":1"'],
    [{ admin: { guard: 1 } }, 'server.create: admin.guard must be a function; received 1'],
    [
      { admin: { address: ':8081' } },
      'server.create: admin.address must be a loopback address or a unix socket unless there is an admin.guard; received ":8081"',
    ],
  ])('%j', (options, message) => {
    rejects(options, message as string)
  })
})

describe('an unknown option is refused', () => {
  const timeouts =
    'timeouts.readHeaderMs, timeouts.readMs, timeouts.writeMs, timeouts.idleMs, timeouts.discardMs, timeouts.handlerMs, timeouts.tcpKeepAliveMs'
  test.each([
    [
      { shutDown: {} },
      /^server\.create: unknown option "shutDown"; the options are service, admin/,
    ],
    [{ onListening() {} }, /^server\.create: unknown option "onListening"; /],
    [
      { timeouts: { read: 1 } },
      new RegExp(
        `^server\\.create: unknown option "timeouts\\.read"; the options are ${timeouts}$`,
      ),
    ],
    [{ shutdown: { drainDelay: 1 } }, /unknown option "shutdown\.drainDelay"; the options are shu/],
    [{ admin: { gaurd: () => {} } }, /unknown option "admin\.gaurd"; the options are admin\.addr/],
    [
      { service: { nmae: 'shop' } },
      /unknown option "service\.nmae"; the options are service\.name/,
    ],
    [{ address: { hots: '::1', port: 1 } }, /unknown option "address\.hots"; the options are addr/],
  ])('%j', (options, message) => {
    rejects(options, expect.stringMatching(message) as never)
  })

  test('by serve too, in its own name', async () => {
    const error = server.serve(() => {}, { onListen() {} } as never)
    await expect(error).rejects.toMatchObject({
      code: 'ERR_SERVER_OPTION',
      message: expect.stringMatching(
        /^server\.serve: unknown option "onListen"; the options are .*, onListening, onStopped$/,
      ),
    })
    const bad = server.serve(() => {}, { onStopped: 1 } as never)
    await expect(bad).rejects.toThrow('server.serve: onStopped must be a function; received 1')
  })
})

test('an option that is undefined is its default', () => {
  const undefineds = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, undefined]))
  const defaults = settingsOf({})
  expect(settingsOf(undefineds(serverOptionNames))).toEqual(defaults)
  const { timeouts, shutdown } = defaults
  const nested = {
    timeouts: undefineds(Object.keys(timeouts)),
    shutdown: undefineds(Object.keys(shutdown)),
  }
  expect(settingsOf(nested)).toEqual(defaults)
  const admin = { address: undefined, guard: undefined }
  expect(settingsOf({ admin })).toEqual(settingsOf({ admin: {} }))
})

test('a guard opens the admin listener to other addresses', () => {
  const guard = () => {}
  expect(settingsOf({ admin: { address: ':8081', guard } }).admin).toEqual({
    address: { port: 8081 },
    guard,
    actor: undefined,
    allowedHosts: [],
    isDefault: false,
  })
})
