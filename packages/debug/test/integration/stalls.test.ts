import { gunzipSync } from 'node:zlib'
import { type Child, nodeEval } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Profile } from 'pprof-format'
import { packageFolder } from '../support/workload.ts'

let child: Child
afterEach(async () => {
  child.kill('SIGKILL')
  await child.exit
})

async function startService(options: string, execArgv: string[] = []) {
  child = nodeEval(
    `import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import * as debug from '@clew/debug'

function grind(ms) {
  const end = performance.now() + ms
  while (performance.now() < end) Math.sqrt(end)
}
function again() {
  for (let i = 0; i < 5; i++) grind(50)
  grind(1000)
}
function wait() {
  execFileSync(process.execPath, ['-e', 'setTimeout(() => {}, 1500)'])
}
function parseOrders() { grind(1500) }
const console_ = debug.console({ logger: { override: () => () => {} }, ${options} })
console_.subscribe((report) => console.log(JSON.stringify(report)))
process.on('SIGUSR2', parseOrders)
process.on('SIGHUP', again)
process.on('SIGWINCH', wait)
createServer(console_.handler).listen(0, '127.0.0.1', function () {
  console.log('listening on ' + this.address().port)
})
`,
    { cwd: packageFolder, execArgv },
  )
  const [, port] = await child.until(/listening on (\d+)/)
  return `http://127.0.0.1:${port}/debug`
}

const stallsAt = async (url: string) => {
  const answer = await fetch(`${url}/stalls`)
  return { status: answer.status, ...((await answer.json()) as { stalls?: any[] }) }
}

const namesOf = (stall: any): string[] => stall.stack.map((frame: string) => frame.split(' ')[0])

describe('a blocked event loop', () => {
  test('is noticed by itself, with the stack, after the fact', async () => {
    const url = await startService('stalls: 300')
    expect(await stallsAt(url)).toEqual({ status: 200, stalls: [] })
    child.kill('SIGUSR2')
    const [, line = ''] = await child.until(/(.*debug\.stall.*)/)
    const { message, level, fields } = JSON.parse(line)
    expect(message).toMatch(/^the event loop was blocked for \d{4} ms in \S+/)
    expect([level, fields.suppressed]).toEqual(['warn', 0])
    const { stalls } = await stallsAt(url)
    expect(stalls).toHaveLength(1)
    expect(stalls?.[0].durationMs).toBeGreaterThanOrEqual(1000)
    expect(namesOf(stalls?.[0]).slice(0, 2)).toEqual(['grind', 'parseOrders'])
    const answer = await fetch(`${url}/pprof/loop`)
    const profile = Profile.decode(gunzipSync(new Uint8Array(await answer.arrayBuffer())))
    expect(profile.stringTable.strings).toEqual(expect.arrayContaining(['parseOrders']))
  })

  test('in a loop that V8 had optimized before, or in a child process: each named', async () => {
    const url = await startService('stalls: 300')
    for (const [signal, expected] of [
      ['SIGHUP', ['grind', 'again']],
      ['SIGWINCH', ['execFileSync', 'wait']],
    ] as const) {
      const { stalls: before = [] } = await stallsAt(url)
      child.kill(signal)
      let after = before
      while (after.length === before.length) after = (await stallsAt(url)).stalls ?? []
      expect(namesOf(after.at(-1))).toEqual(expect.arrayContaining([...expected]))
    }
  })

  test('only the last five are kept, and the log is told once a minute', async () => {
    const url = await startService('stalls: 500')
    for (let i = 1; i <= 7; i++) {
      const { stalls: before = [] } = await stallsAt(url)
      child.kill('SIGUSR2')
      let after = before
      while (after.at(-1)?.at === before.at(-1)?.at) after = (await stallsAt(url)).stalls ?? []
      expect(after.length).toBeLessThanOrEqual(5)
    }
    expect((await stallsAt(url)).stalls).toHaveLength(5)
    expect(child.stdout.match(/debug\.stall/g)).toHaveLength(1)
  })

  test.each([
    ['false', 501],
    ['60_000', 200],
  ])('stalls: %s', async (stalls, status) => {
    const url = await startService(`stalls: ${stalls}`)
    expect((await stallsAt(url)).status).toBe(status)
    expect((await fetch(`${url}/pprof/loop`)).status).toBe(status)
  })

  test('a process that was suspended was not blocked', async () => {
    const url = await startService('stalls: 300')
    child.kill('SIGSTOP')
    // As long as this process takes to start and end another one.
    const other = nodeEval('setTimeout(() => {}, 1000)', { cwd: packageFolder })
    await other.exit
    child.kill('SIGCONT')
    expect(await stallsAt(url)).toEqual({ status: 200, stalls: [] })
    expect(child.stdout).not.toContain('debug.stall')
  })
})

test('the watcher keeps no process alive, and ends with the console', async () => {
  child = nodeEval(
    `import * as debug from '@clew/debug'
const logger = { override: () => () => {} }
debug.console({ logger })
const second = debug.console({ logger })
await second.shutdown()
await second.shutdown()
console.log('end')`,
    { cwd: packageFolder },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stdout).toBe('end\n')
  expect(child.stderr).toBe('')
})
