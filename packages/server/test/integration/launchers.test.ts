import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, startProgram } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'

// How a process is started decides who gets its signals. What is in flight is answered, the hooks run
// in order, and the exit code arrives, each way.

const program = `
import * as server from '@clew/server'
await server.serve(
  (req, res) => {
    console.log('request')
    if (req.url === '/fails') process.exitCode = 3
    setTimeout(() => res.end('ok'), 300)
  },
  {
    address: '127.0.0.1:0',
    shutdown: { drainDelayMs: 0 },
    onListening: ({ address }) => console.log('ready', address.url, process.pid),
    onDrain: () => console.log('drain'),
    onShutdown: [() => console.log('database'), () => console.log('queue')],
    onStopped: () => console.log('stopped'),
  },
)`

let folder = ''
const children = new Set<Child>()
const env = {
  KUBERNETES_SERVICE_HOST: undefined,
  PATH: `${join(process.execPath, '..')}:${process.env['PATH']}`,
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-'))
  // Without `exec`, dash stays in between, and ends without its child.
  const scripts = { start: 'exec node app.mjs' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', scripts }))
  // The package itself, as its users see it.
  writeFileSync(
    join(folder, 'app.mjs'),
    program.replace(
      "'@clew/server'",
      JSON.stringify(new URL('../../dist/esm/index.js', import.meta.url)),
    ),
  )
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(command: string, ...args: string[]): Child {
  const child = startProgram(command, args, { cwd: folder, env })
  children.add(child)
  return child
}

function ask(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (res) => {
      res.resume().on('end', () => resolve(res.statusCode ?? 0))
    }).on('error', reject)
  })
}

async function stopsCleanly(child: Child, path = '/', code = 0): Promise<void> {
  const [, url = ''] = await child.until(/ready (\S+) \d+/)
  const answer = ask(url + path)
  await child.until(/request/)
  child.kill('SIGTERM')
  expect(await answer).toBe(200)
  expect(await child.exit).toEqual({ code, signal: null })
  expect(child.stdout).toMatch(/drain\nqueue\ndatabase\nstopped\n$/)
}

describe('started by', () => {
  test('node', () => stopsCleanly(run('node', 'app.mjs')))
  test('node, and the application has set an exit code', () =>
    stopsCleanly(run('node', 'app.mjs'), '/fails', 3))

  for (const shell of ['bash', 'dash']) {
    describeWith(shell, shell, () => {
      test('by exec', () => stopsCleanly(run(shell, '-c', 'echo begin; exec node app.mjs')))
      test('in an entry point that passes signals on', () =>
        stopsCleanly(
          run(
            shell,
            '-c',
            'node app.mjs & child=$!; trap "kill -TERM $child" TERM; wait $child; trap - TERM; wait $child',
          ),
        ))
    })
  }

  describeWith('npm', 'npm', () => {
    test('npm start, with exec in its script', () =>
      stopsCleanly(run('npm', 'start', '--silent', '--no-update-notifier')))
  })

  // Node 20 has no `--run`.
  if (Number(process.versions.node.split('.')[0]) >= 22) {
    test('node --run', async () => {
      // It passes no signal on: the process that listens gets it from whoever ends the group.
      const child = run('node', '--run', 'start')
      const [, url = '', pid] = await child.until(/ready (\S+) (\d+)/)
      const answer = ask(url)
      await child.until(/request/)
      process.kill(Number(pid), 'SIGTERM')
      expect(await answer).toBe(200)
      expect((await child.exit).code).toBe(0)
      expect(child.stdout).toMatch(/drain\nqueue\ndatabase\nstopped\n/)
    })
  }

  const unshare = ['--fork', '--pid', '--kill-child=SIGKILL']
  const isAllowed = spawnSync('unshare', [...unshare, 'true']).status === 0
  const testFirst = isAllowed ? test : test.skip
  testFirst('a container, as PID 1 (where unshare is allowed)', async () => {
    const child = run('unshare', ...unshare, 'node', 'app.mjs')
    const [, url = '', pid] = await child.until(/ready (\S+) (\d+)/)
    expect(pid).toBe('1')
    const answer = ask(url)
    await child.until(/request/)
    const found = spawnSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' })
    process.kill(Number(found.stdout), 'SIGTERM')
    expect(await answer).toBe(200)
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stdout).toMatch(/drain\nqueue\ndatabase\nstopped\n$/)
  })
})
