import { fileURLToPath } from 'node:url'
import * as health from '@clew/health'
import { nodeEval, readmeProblems } from '@clew/testing'
import { expect, test } from '@jest/globals'

const folder = fileURLToPath(new URL('..', import.meta.url))

test('exports exactly this', () => {
  expect(Object.keys(health).sort()).toEqual([
    'HealthError',
    'checker',
    'grpcPinger',
    'httpPinger',
    'pinger',
    'postgresPinger',
    'redisPinger',
    'tcpPinger',
  ])
})

test('the pages say what the source says', () => {
  expect(readmeProblems(folder)).toEqual([])
})

test.each(['import', 'require'])('%s loads neither undici nor OpenTelemetry', async (how) => {
  const child = nodeEval(
    `const { createRequire } = await import('node:module')
     const { Session } = await import('node:inspector')
     const session = new Session(); session.connect()
     const scripts = []
     session.on('Debugger.scriptParsed', ({ params }) => scripts.push(params.url))
     session.post('Debugger.enable')
     ${how === 'import' ? `await import('@clew/health')` : `createRequire(process.cwd() + '/x.js')('@clew/health')`}
     const foreign = scripts.filter((url) => url.includes('node_modules'))
     console.log(scripts.some((url) => url.includes('/health/dist/')), JSON.stringify(foreign))
     process.exit(0)`,
    { cwd: folder },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stdout).toBe('true []\n')
})
