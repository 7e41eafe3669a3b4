// `npm create clew`, from the registry, in an application that has tests.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const server = `import express from 'express'

const app = express()
app.get('/orders/:id', (req, res) => res.json({ id: req.params.id }))

app.listen(Number(process.env.PORT), () => console.log('listening'))
`

const test = `import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'

test('finds an order', async () => {
  const free = createServer().listen(0)
  await once(free, 'listening')
  const { port } = free.address()
  free.close()
  await once(free, 'close')
  const child = spawn(process.execPath, ['server.js'], { env: { ...process.env, PORT: port } })
  try {
    await once(child.stdout, 'data')
    const answer = await fetch('http://127.0.0.1:' + port + '/orders/7')
    assert.deepEqual(await answer.json(), { id: '7' })
  } finally {
    child.kill('SIGKILL')
  }
})
`

/**
 * The tests of an application pass, as they are, after `npm create clew` has added everything that callers do not see. `run`
 * takes a command, its arguments and the folder; `npmrc` names the registry.
 */
export async function problemsOfCreation({ project, npmrc, run }) {
  const manifest = {
    name: 'orders',
    private: true,
    type: 'module',
    scripts: { test: 'node --test' },
    dependencies: { express: '^5.1.0' },
  }
  mkdirSync(project, { recursive: true })
  // A cache of its own: npm would take the `create-clew` that an earlier check has run, of the same version.
  writeFileSync(join(project, '.npmrc'), `${npmrc}cache=${join(project, '.cache')}\n`)
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest, null, 2))
  writeFileSync(join(project, 'server.js'), server)
  writeFileSync(join(project, 'server.test.js'), test)
  const areas = ['log', 'trace', 'metrics', 'health', 'server', 'debug', 'config']
  const create = ['create', 'clew', '--yes', '--', '--yes', '--areas', areas.join()]
  for (const args of [['install', '--no-audit', '--no-fund'], ['test'], create, ['test']]) {
    try {
      await run('npm', args, project)
    } catch ({ stdout, stderr }) {
      return [`npm ${args.join(' ')}`, ...`${stdout}${stderr}`.trim().split('\n')]
    }
  }
  const wired = readFileSync(join(project, 'server.js'), 'utf8')
  return areas
    .filter((name) => !wired.includes(`'@clew/${name}'`))
    .map((name) => `@clew/${name} is not in server.js:\n${wired}`)
}
