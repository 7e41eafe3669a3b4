import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { describeWith } from '@clew/testing/programs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Profile } from 'pprof-format'
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
    expect(await refused('-top', `${service.url}/debug/pprof/allocs?hz=9`)).toContain(
      'server response: 400 Bad Request - GET /debug/pprof/allocs: unknown option "hz"; the options are seconds, format, debug, gc',
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
    expect(cpu.text).toMatch(
      /^\d+\.\d ms busy in \d+\.\d s; CPU time of the process \d+\.\d ms\n\n +self +total +function\n/,
    )
    expect(cpu.text).toMatch(/^ *\d+\.\d ms +\d+\.\d % +\d+\.\d ms +\d+\.\d % +fibonacci {2}.*:5$/m)
    const heap = await get('heap?format=top')
    expect(heap.text).toMatch(/^ *\d+ KiB +\d+\.\d % +\d+ KiB +\d+\.\d % +hoard {2}.*:8$/m)
  })

  test('another format is refused before anything is taken', async () => {
    expect(await get('profile?format=svg')).toMatchObject({
      status: 400,
      text: 'GET /debug/pprof/profile: format must be one of pprof, top, collapsed, cpuprofile; received "svg"\n',
    })
  })
})

describe('what is asked is answered, or refused', () => {
  const get = (path: string) => fetch(`${service.url}/debug/pprof/${path}`)

  test.each([
    [
      'profile?sekonds=1',
      'profile: unknown option "sekonds"; the options are seconds, format, hz, debug, gc',
    ],
    ['profile?seconds=1&hz=0', 'profile: hz must be an integer from 1 to 10000; received "0"'],
    ['profile?hz=1.5', 'profile: hz must be an integer from 1 to 10000; received "1.5"'],
    ['profile?hz=x', 'profile: hz must be an integer from 1 to 10000; received "x"'],
    ['heap?hz=100', 'heap: unknown option "hz"; the options are seconds, format, debug, gc'],
    [
      'heap?format=cpuprofile',
      'heap: format must be one of pprof, top, collapsed; received "cpuprofile"',
    ],
    ['heap?gc=maybe', 'heap: gc must be one of 0, 1; received "maybe"'],
  ])('%s', async (path, message) => {
    const answer = await get(path)
    expect([answer.status, await answer.text()]).toEqual([400, `GET /debug/pprof/${message}\n`])
  })

  test.each([
    ['profile?seconds=0.3&hz=1000&format=collapsed', 'profile.collapsed.txt', /fibonacci/],
    ['profile?seconds=0.3&hz=1000&format=cpuprofile', 'profile.cpuprofile', /"fibonacci"/],
    ['wall?seconds=0.3&hz=1000&format=collapsed', 'wall.collapsed.txt', /fibonacci/],
    ['heap?format=collapsed', 'heap.collapsed.txt', /hoard/],
    ['heap?debug=1', undefined, /outside of V8's heap, as Buffers: \d+ KiB/],
  ])('%s', async (path, file, content) => {
    const answer = await get(path)
    const disposition = file === undefined ? null : `attachment; filename="${file}"`
    expect(answer.headers.get('content-disposition')).toBe(disposition)
    expect(await answer.text()).toMatch(content)
  })
})

describe('a scraper and a person at the same time', () => {
  // What Grafana Alloy's pyroscope.scrape asks for with its default settings; Parca's are the same.
  const scraped = ['profile?seconds=14', 'allocs', 'goroutine', 'block', 'mutex', 'heap']

  test('each gets its profile', async () => {
    const leave = new AbortController()
    const scrape = scraped.map((path) =>
      fetch(`${service.url}/debug/pprof/${path}`, {
        headers: { 'user-agent': 'Alloy/1.11', 'accept-encoding': 'gzip' },
        signal: leave.signal,
      }),
    )
    const [profile, ...others] = scrape as [Promise<Response>, ...Promise<Response>[]]
    const cancelled = profile.catch((error: Error) => error.name)
    for (const other of others) {
      const { status, headers } = await other
      expect([status, headers.get('content-type')]).toEqual([200, 'application/octet-stream'])
    }
    const person = await fetch(`${service.url}/debug/pprof/profile?seconds=0.3&hz=1000&format=top`)
    expect(await person.text()).toContain('fibonacci')
    leave.abort()
    expect(await cancelled).toBe('AbortError')
  })

  test.each(['goroutine', 'block', 'mutex', 'threadcreate'])(
    '%s is empty, and says why',
    async (name) => {
      const answer = await fetch(`${service.url}/debug/pprof/${name}?debug=0`)
      const profile = Profile.decode(gunzipSync(new Uint8Array(await answer.arrayBuffer())))
      expect(profile.sample).toEqual([])
      const comments = profile.comment.map((at) => profile.stringTable.strings[Number(at)])
      expect(comments).toEqual([expect.stringMatching(/^Node\.js /)])
    },
  )
})

describe('four captures at a time', () => {
  const status = async (path: string) => (await fetch(`${service.url}${path}`)).status

  test('409 for the fifth, until a client has left; refusals are reported ten times a minute', async () => {
    const leave = new AbortController()
    // One of them may be refused while the fifth is taken: it asks again.
    const hold = async (): Promise<unknown> => {
      const url = `${service.url}/debug/pprof/profile?seconds=100`
      const answer = await fetch(url, { signal: leave.signal }).catch((error: Error) => error.name)
      return typeof answer !== 'string' && answer.status === 409 ? hold() : answer
    }
    const long = [1, 2, 3, 4].map(hold)
    // Refused as soon as they run: ask until then.
    let fifth = await status('/debug/pprof/profile?seconds=0.01')
    while (fifth === 200) fifth = await status('/debug/pprof/profile?seconds=0.01')
    expect(fifth).toBe(409)
    expect(await status('/debug/pprof/allocs?seconds=1')).toBe(409)
    expect(await status('/debug/pprof/heap?seconds=1')).toBe(409)
    for (let i = 0; i < 30; i++) expect(await status('/debug/pprof/wall')).toBe(409)
    const refused = service.child.stdout.match(/"message":"[^"]* refused for/g) ?? []
    expect(refused.length).toBeLessThanOrEqual(30)
    // Reading the sampler does not interfere.
    expect(await status('/debug/pprof/heap')).toBe(200)
    leave.abort()
    expect(await Promise.all(long)).toEqual(Array(4).fill('AbortError'))
    await service.child.until(/CPU profile cancelled by the client/)
    let next = await status('/debug/pprof/profile?seconds=0.01')
    while (next === 409) next = await status('/debug/pprof/profile?seconds=0.01')
    expect(next).toBe(200)
  })

  test('shutdown cancels it, and the client is told', async () => {
    const own = await startWorkload()
    const answer = fetch(`${own.url}/debug/pprof/profile?seconds=100`)
    // Answered on the same event loop, after the first has begun.
    await fetch(`${own.url}/debug/pprof/profile?seconds=0.01`)
    own.child.kill('SIGTERM')
    const { status: told } = await answer
    expect(told).toBe(503)
    await own.child.until(/closed/)
    own.child.kill('SIGKILL')
    await own.child.exit
  })
})
