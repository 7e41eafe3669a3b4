import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'

const logger = { override: () => () => {} }
const open = { logger, heapSampling: false }

export default (debug) => ({
  functions: {
    'debug.console': debug.console,
    'debug.cpuProfile': debug.cpuProfile,
    'debug.heapProfile': debug.heapProfile,
    'debug.logPayloads': (options) => debug.logPayloads({ log() {} }, options),
    'debug.redisSessions': (options) => debug.redisSessions({ eval() {}, duplicate() {} }, options),
    'sessions.open': (options) => debug.console(open).sessions.open(options),
  },
  wrong: [
    ['debug.console logger', () => debug.console({ logger: 7 }), 'ERR_DEBUG_OPTION'],
    [
      'debug.console maxSessions',
      () => debug.console({ logger, maxSessions: 0 }),
      'ERR_DEBUG_OPTION',
    ],
    ['debug.cpuProfile seconds', () => debug.cpuProfile({ seconds: 'x' }), 'ERR_DEBUG_OPTION'],
    ['debug.redisSessions client', () => debug.redisSessions({}), 'ERR_DEBUG_OPTION'],
    ['debug.heapProfile seconds', () => debug.heapProfile({ seconds: -1 }), 'ERR_DEBUG_OPTION'],
  ],
  others: {
    async ERR_DEBUG_BUSY() {
      const running = [1, 2, 3, 4].map(() => debug.cpuProfile({ seconds: 0.05 }))
      const fifth = await debug.cpuProfile().catch((error) => error)
      await Promise.all(running)
      return fifth
    },
    ERR_DEBUG_CANCELLED: () => debug.cpuProfile({ signal: AbortSignal.abort() }),
    ERR_DEBUG_MEMORY: () => refusedSnapshot(debug),
    ERR_DEBUG_NO_SAMPLER: () => debug.heapProfile(),
    ERR_DEBUG_UNAVAILABLE: withoutInspector,
    ERR_DEBUG_TOO_MANY_SESSIONS() {
      const { sessions } = debug.console({ ...open, maxSessions: 1 })
      sessions.open()
      return sessions.open()
    },
    async ERR_DEBUG_CLOSED() {
      const closed = debug.console(open)
      await closed.shutdown()
      return closed.sessions.open()
    },
  },
})

async function refusedSnapshot(debug) {
  const console = debug.console({ ...open, stalls: false, maxSnapshotBytes: 1 })
  const server = createServer(console.handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}/debug/retainers`
  const answer = await fetch(url, { method: 'POST', headers: { connection: 'close' } })
  const refusal = await answer.json()
  server.close()
  await console.shutdown()
  return refusal
}

function withoutInspector() {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission'
  const built = new URL('../../../packages/debug/dist/esm/index.js', import.meta.url).href
  const program = `const debug = await import(${JSON.stringify(built)})
    const { code } = await debug.cpuProfile({ seconds: 0.01 }).catch((error) => error)
    console.log(code)`
  const flags = [flag, '--allow-fs-read=*', '--no-warnings', '--input-type=module']
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', program], {
    encoding: 'utf8',
  })
  return { code: stdout.trim() || stderr }
}
