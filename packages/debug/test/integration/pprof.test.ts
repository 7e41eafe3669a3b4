import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describeWith } from '@clew/testing/programs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startWorkload } from '../support/workload.ts'

const run = promisify(execFile)
let folder: string
let service: Awaited<ReturnType<typeof startWorkload>>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clew-debug-'))
  service = await startWorkload()
})
afterAll(async () => {
  service.child.kill('SIGKILL')
  await service.child.exit
  rmSync(folder, { recursive: true })
})

describeWith('go', 'go tool pprof', () => {
  const pprof = async (...args: string[]) => {
    // Go keeps its cache of built tools.
    const env = { HOME: folder, ...process.env, PPROF_TMPDIR: folder }
    // By itself it waits for a profile only half as long again as that takes.
    const all = ['tool', 'pprof', '-timeout=60', ...args]
    const { stdout, stderr } = await run('go', all, { env, cwd: folder })
    return stdout + stderr
  }
  const refused = (...args: string[]) =>
    pprof(...args).then(
      () => 'accepted',
      (error: { stderr: string }) => error.stderr,
    )

  // Go builds the tool when it is first used.
  beforeAll(() => refused('-help'), 240_000)

  test('reads the CPU profile over HTTP: names, files, time', async () => {
    const top = await pprof('-top', `${service.url}/debug/pprof/profile?seconds=1`)
    expect(top).toMatch(/^Type: cpu$/m)
    expect(top).toMatch(/^Duration: \d+\.\d+s, Total samples = \d/m)
    expect(top).toMatch(/ fibonacci$/m)
    expect(top).not.toContain('(idle)')
    expect(top).not.toContain('(root)')
  })

  test('has lines: -peek and -lines', async () => {
    const lines = await pprof('-top', '-lines', `${service.url}/debug/pprof/profile?seconds=1`)
    expect(lines).toMatch(/ fibonacci .*:6/)
  })

  test('reads the live heap, and what is allocated meanwhile', async () => {
    for (const query of ['', '?seconds=1']) {
      const top = await pprof('-top', `${service.url}/debug/pprof/heap${query}`)
      expect(top).toMatch(/^Type: inuse_space$/m)
      expect(top).toMatch(/ hoard$/m)
    }
  })

  test('reads allocs, which also has what was collected; the live heap goes on afterwards', async () => {
    const top = await pprof('-top', `${service.url}/debug/pprof/allocs?seconds=1`)
    expect(top).toMatch(/^Type: alloc_space$/m)
    expect(top).toMatch(/ waste$/m)
    await expect(pprof('-top', `${service.url}/debug/pprof/heap`)).resolves.toMatch(/inuse_space/)
  })

  test('shows the reason of a refusal', async () => {
    expect(await refused('-top', `${service.url}/debug/pprof/allocs`)).toContain(
      'server response: 400 Bad Request - GET /debug/pprof/allocs: seconds must be a number from 0.01 to 120; received undefined',
    )
    expect(await refused('-top', `${service.url}/debug/pprof/profile?seconds=121`)).toContain(
      'server response: 400 Bad Request - GET /debug/pprof/profile: seconds must be a number from 0.01 to 120; received "121"',
    )
  })

  test('two profiles merge, and a file from disk is the same', async () => {
    const files = await Promise.all(
      ['a.pb.gz', 'b.pb.gz'].map(async (name) => {
        const answer = await fetch(`${service.url}/debug/pprof/heap`)
        expect(answer.headers.get('content-type')).toBe('application/octet-stream')
        const file = join(folder, name)
        writeFileSync(file, new Uint8Array(await answer.arrayBuffer()))
        return file
      }),
    )
    expect(await pprof('-top', ...files)).toMatch(/ hoard$/m)
  })
})

describe('as text', () => {
  const get = async (path: string) => {
    const answer = await fetch(`${service.url}/debug/pprof/${path}`)
    return {
      type: answer.headers.get('content-type'),
      status: answer.status,
      text: await answer.text(),
    }
  }

  test('the top functions, for people without other tools', async () => {
    const cpu = await get('profile?seconds=1&format=top')
    expect(cpu.type).toBe('text/plain; charset=utf-8')
    expect(cpu.text).toMatch(/^\d+\.\d ms busy in \d+\.\d s\n\n +self +total +function\n/)
    expect(cpu.text).toMatch(/^ *\d+\.\d ms +\d+\.\d % +\d+\.\d ms +\d+\.\d % +fibonacci {2}.*:5$/m)
    const heap = await get('heap?format=top')
    expect(heap.text).toMatch(/^ *\d+ KiB +\d+\.\d % +\d+ KiB +\d+\.\d % +hoard {2}.*:8$/m)
  })

  test('another format is refused before anything is taken', async () => {
    expect(await get('profile?format=svg')).toMatchObject({
      status: 400,
      text: 'GET /debug/pprof/profile: format must be one of pprof, top; received "svg"\n',
    })
  })
})

describe('one capture at a time', () => {
  const status = async (path: string) => (await fetch(`${service.url}${path}`)).status

  test('409 for the others, until the client of the first has left', async () => {
    const leave = new AbortController()
    const first = fetch(`${service.url}/debug/pprof/profile?seconds=100`, { signal: leave.signal })
    const left = first.catch((error: Error) => error.name)
    // Refused as soon as the first one runs: ask until then.
    let second = await status('/debug/pprof/profile?seconds=0.01')
    while (second === 200) second = await status('/debug/pprof/profile?seconds=0.01')
    expect(second).toBe(409)
    expect(await status('/debug/pprof/allocs?seconds=1')).toBe(409)
    expect(await status('/debug/pprof/heap?seconds=1')).toBe(409)
    // Reading the sampler does not interfere.
    expect(await status('/debug/pprof/heap')).toBe(200)
    leave.abort()
    expect(await left).toBe('AbortError')
    await service.child.until(/CPU profile cancelled by the client/)
    expect(await status('/debug/pprof/profile?seconds=0.01')).toBe(200)
  })

  test('shutdown cancels it, and the client is told', async () => {
    const own = await startWorkload()
    const answer = fetch(`${own.url}/debug/pprof/profile?seconds=100`)
    let busy = 200
    while (busy === 200) busy = (await fetch(`${own.url}/debug/pprof/profile?seconds=0.01`)).status
    own.child.kill('SIGTERM')
    const { status: told } = await answer
    expect(told).toBe(503)
    await own.child.until(/closed/)
    own.child.kill('SIGKILL')
    await own.child.exit
  })
})
