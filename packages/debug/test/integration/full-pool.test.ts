import { nodeEval } from '@clew/testing'
import { expect, test } from '@jest/globals'
import { packageFolder } from '../support/workload.ts'

test('profiles come while the thread pool is full, and with their source maps', async () => {
  const child = nodeEval(
    `import { createServer, get } from 'node:http'
import { pbkdf2 } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import * as debug from '@clew/debug'

const console_ = debug.console({ logger: { override: () => () => {} } })
const server = createServer(console_.handler).listen(0, '127.0.0.1', async () => {
  const { port } = server.address()
  // The encoder is loaded when the console is created: let that be done.
  await import('pprof-format')
  await setImmediate()
  const busy = { jobs: 0 }
  // For as long as this process lives.
  const block = () => pbkdf2('x', 'y', 5e7, 64, 'sha512', block)
  for (let i = 0; i < 4; i++) block()
  for (const path of ['heap', 'profile?seconds=0.1', 'wall?seconds=0.1', 'goroutine', 'heap?format=top'])
    await new Promise((resolve) =>
      get({ host: '127.0.0.1', port, path: '/debug/pprof/' + path }, (res) => {
        res.resume().on('end', () => resolve(console.log(path, res.statusCode)))
      }))
  console.log('all done')
})
`,
    { cwd: packageFolder, env: { UV_THREADPOOL_SIZE: '2' } },
  )
  await child.until(/all done/)
  expect(child.stdout.match(/ 200$/gm)).toHaveLength(5)
  child.kill('SIGKILL')
  await child.exit
})
