import { nodeEval } from '@clew/testing'
import { expect, test } from '@jest/globals'
import { packageFolder } from '../support/workload.ts'

const [major = 0] = process.versions.node.split('.').map(Number)
const flag = major < 22 ? '--experimental-permission' : '--permission'
const execArgv = [
  flag,
  '--allow-fs-read=*',
  '--no-warnings',
  ...(major < 25 ? [] : ['--allow-net']),
]

test('where Node does not permit the inspector, sessions work and profiles are a 501 with the reason', async () => {
  const child = nodeEval(
    `import { createServer } from 'node:http'
import { once } from 'node:events'
import * as debug from '@clew/debug'
const console_ = debug.console({ logger: { override: () => () => {} } })
const failed = []
await new Promise((resolve) => console_.subscribe(({ type, message }) => {
  if (type === 'debug.failed' && failed.push(message) === 2) resolve()
}))
console.log(failed.sort().join('\\n'))
const server = createServer(console_.handler).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = 'http://127.0.0.1:' + server.address().port
for (const path of ['profile?seconds=1', 'heap?seconds=1', 'heap', 'allocs?seconds=1']) {
  const answer = await fetch(url + '/debug/pprof/' + path)
  console.log(path, answer.status, (await answer.text()).slice(0, 38))
}
const opened = await fetch(url + '/debug?debug-logs=on', { method: 'POST' })
console.log(await opened.text())
await console_.shutdown()
server.closeAllConnections()
server.close()`,
    {
      cwd: packageFolder,
      execArgv,
    },
  )
  const { code } = await child.exit
  expect([code, child.stderr]).toEqual([0, ''])
  expect(child.stdout.split('\n')).toEqual([
    'blocked event loops are not noticed: the watcher does not run',
    'the heap sampler does not start',
    'profile?seconds=1 501 no profiles: Node runs with --permissi',
    'heap?seconds=1 501 no profiles: Node runs with --permissi',
    'heap 501 no profiles: Node runs with --permissi',
    'allocs?seconds=1 501 no profiles: Node runs with --permissi',
    '{"debug-logs":"on"}',
    '',
    '',
  ])
})
