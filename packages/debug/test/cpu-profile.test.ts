import { execFileSync } from 'node:child_process'
import { setImmediate } from 'node:timers/promises'
import { runInNewContext } from 'node:vm'
import * as debug from '@clew/debug'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { V8CpuProfile } from '../src/inspector/v8-profiles.ts'
import { cpuStacks } from '../src/profiles/cpu-stacks.ts'
import { type Stack, shares } from '../src/profiles/stacks.ts'
import { callFrame, v8CpuProfiles } from './support/v8-profiles.ts'

const small: V8CpuProfile = {
  nodes: [
    { id: 1, callFrame: callFrame('(root)', '', -1), children: [2, 3, 6] },
    { id: 2, callFrame: callFrame('(idle)', '', -1) },
    { id: 3, callFrame: callFrame('main', 'file:///app/a%20b.js', 9), children: [4] },
    {
      id: 4,
      callFrame: callFrame('work', 'node:fs', 99),
      positionTicks: [
        { line: 105, ticks: 1 },
        { line: 110, ticks: 3 },
      ],
      children: [5],
    },
    { id: 5, callFrame: callFrame('read', '', -1) },
    { id: 6, callFrame: callFrame('(garbage collector)', '', -1) },
  ],
  startTime: 0,
  endTime: 10_000,
  samples: [2, 4, 5, 4, 6],
  timeDeltas: [1_000, 2_000, 1_000, 3_000, 1_000],
}

describe('stacks', () => {
  test('a sample lasts until the next; idle and root are no part of it; native code has no line', async () => {
    const { stacks } = await cpuStacks(small)
    const seen = stacks.map(({ frames, samples, amount }) => [
      frames.map(({ place, line }) => `${place.name}@${place.file}:${line}`).join(' < '),
      samples,
      amount,
    ])
    // Sample i counts until sample i+1: idle 2 ms, work 1 ms + 1 ms, read 3 ms, collector to the end.
    expect(seen).toEqual([
      ['work@node:fs:105 < main@/app/a b.js:10', 1, 500_000],
      ['work@node:fs:110 < main@/app/a b.js:10', 2, 1_500_000],
      ['read@(native):0 < work@node:fs:100 < main@/app/a b.js:10', 1, 3_000_000],
      ['(garbage collector)@:0', 1, 2_000_000],
    ])
  })

  const blocked = {
    ...small,
    nodes: [
      { id: 1, callFrame: callFrame('(root)', '', -1), children: [2] },
      {
        id: 2,
        callFrame: callFrame('spawnSync', 'node:internal/child_process', 10),
        children: [3],
      },
      { id: 3, callFrame: callFrame('spawn', '', -1), children: [4] },
      { id: 4, callFrame: callFrame('spawn', '', -1) },
    ],
    samples: [2, 3, 4],
    timeDeltas: [1_000, 2_000, 3_000],
  }

  test('waiting for a child process is no CPU time, but wall time', async () => {
    const sum = (stacks: Stack[]) => stacks.reduce((total, { amount }) => total + amount, 0)
    const cpu = await cpuStacks(blocked)
    expect(cpu.blockedNanos).toBe(3_000_000)
    expect(sum(cpu.stacks)).toBe(6_000_000)
    const wall = await cpuStacks(blocked, true)
    expect(wall.blockedNanos).toBe(3_000_000)
    expect(sum(wall.stacks)).toBe(9_000_000)
  })

  test('all time that was not idle is in them, once', async () => {
    await fc.assert(
      fc.asyncProperty(v8CpuProfiles, async (profile) => {
        const { samples = [], timeDeltas = [], nodes, startTime, endTime } = profile
        const last = startTime + timeDeltas.reduce((sum, delta) => sum + delta, 0)
        const busy = samples.reduce((sum, id, i) => {
          const name = nodes.find((node) => node.id === id)?.callFrame.functionName
          const micros = i + 1 < samples.length ? timeDeltas[i + 1]! : endTime - last
          return name === '(idle)' || name === '(root)' ? sum : sum + Math.max(0, micros)
        }, 0)
        const { stacks } = await cpuStacks(profile)
        expect(stacks.reduce((sum, { amount }) => sum + amount, 0)).toBeCloseTo(busy * 1000, 0)
      }),
    )
  })

  test('the shares of functions add up, and no function takes more than there is', async () => {
    await fc.assert(
      fc.asyncProperty(v8CpuProfiles, async (profile) => {
        const { stacks } = await cpuStacks(profile)
        const whole = stacks.reduce((sum, { amount }) => sum + amount, 0)
        const list = shares(stacks)
        expect(list.reduce((sum, { self }) => sum + self, 0)).toBeCloseTo(whole, 0)
        for (const { self, total } of list) {
          expect(total).toBeGreaterThanOrEqual(self)
          expect(total).toBeLessThanOrEqual(whole * 1.000001)
        }
        expect(list.map(({ self }) => self)).toEqual(
          list.map(({ self }) => self).sort((a, b) => b - a),
        )
      }),
    )
  })
})

describe('taking one', () => {
  const spin = (ms: number) => {
    for (const until = Date.now() + ms; Date.now() < until; ) Math.sqrt(until)
  }

  test('shows the function that was busy', async () => {
    const taking = debug.cpuProfile({ seconds: 0.3, hz: 1000 })
    const work = setInterval(function burn() {
      spin(20)
    }, 1)
    const profile = await taking
    clearInterval(work)
    const top = profile.top(5)
    expect(top.length).toBeLessThanOrEqual(5)
    expect(profile.top(1000).map((f) => f.function)).toEqual(
      expect.arrayContaining(['spin', 'burn']),
    )
    expect(profile.busyMs).toBeGreaterThan(0)
    expect(profile.busyMs).toBeLessThanOrEqual(profile.durationMs * 1.01)
    expect(profile.startedAt).toBeInstanceOf(Date)
    expect([...profile.pprof.subarray(0, 2)]).toEqual([0x1f, 0x8b])
    const burn = profile.top(1000).find((f) => f.function === 'burn')
    expect(burn?.totalMs).toBeGreaterThan(burn?.selfMs ?? Infinity)
    expect(profile.top(1000).reduce((sum, f) => sum + f.selfPercent, 0)).toBeCloseTo(100, 3)
  })

  test('after a collection, a loop that V8 had optimized before is known by its name', async () => {
    // In a vm, since the coverage of test runners changes what V8 optimizes.
    const caller = runInNewContext(
      `function loop(ms) { let n = 0; for (const end = Date.now() + ms; Date.now() < end; ) n += Math.sqrt(n); return n }
       const caller = () => loop(100); caller`,
      {},
      'loop.js',
    )
    for (let i = 0; i < 5; i++) caller()
    const taking = debug.cpuProfile({ seconds: 0.3, hz: 1000, gc: true })
    const work = setInterval(caller, 1)
    const profile = await taking
    clearInterval(work)
    const [first] = profile.top()
    expect([first?.function, first?.file]).toEqual(['loop', 'loop.js'])
  })

  test('four at a time, each with its own samples; the fifth is refused', async () => {
    const stop = new AbortController()
    const { signal } = stop
    const long = [1, 2, 3].map(() => debug.cpuProfile({ seconds: 100, signal }).catch((e) => e))
    const fourth = debug.cpuProfile({ seconds: 0.3, hz: 1000 })
    await expect(debug.cpuProfile({ seconds: 1 })).rejects.toMatchObject({
      name: 'DebugError',
      code: 'ERR_DEBUG_BUSY',
      message: '4 profiles are being taken: try again later',
    })
    const work = setInterval(() => spin(20), 25)
    // V8 may have inlined it into its caller.
    const files = (await fourth).top(1000).map((f) => f.file)
    expect(files).toContainEqual(expect.stringMatching(/cpu-profile\.test\.ts$/))
    clearInterval(work)
    await expect(debug.cpuProfile({ seconds: 0.01 })).resolves.toBeDefined()
    stop.abort()
    for (const error of await Promise.all(long)) expect(error.code).toBe('ERR_DEBUG_CANCELLED')
  })

  test('waiting for a child process counts only as wall time', async () => {
    const take = async (wall: boolean) => {
      const taking = debug.cpuProfile({ seconds: 0.01, wall })
      // The sampler is on when the microtasks have run.
      await setImmediate()
      execFileSync(process.execPath, ['-e', 'setTimeout(() => {}, 400)'])
      return taking
    }
    const cpu = await take(false)
    expect(cpu.blockedMs).toBeGreaterThan(300)
    expect(cpu.busyMs).toBeLessThan(cpu.durationMs - 300)
    expect(cpu.top(1000).find((f) => f.function === 'spawnSync')?.totalMs ?? 0).toBeLessThan(100)
    const wall = await take(true)
    expect(wall.top(1000).find((f) => f.function === 'spawnSync')?.totalMs).toBeGreaterThan(300)
  })

  test('as text for flame graphs, and as V8 has it', async () => {
    const taking = debug.cpuProfile({ seconds: 0.2, hz: 1000 })
    await setImmediate()
    spin(100)
    const profile = await taking
    const lines = profile.collapsed().trimEnd().split('\n')
    for (const line of lines) expect(line).toMatch(/^[^;]+(?:;[^;]+)* \d+$/)
    expect(lines.join('\n')).toMatch(/ \S*cpu-profile\.test\.ts:\d+(?:;.*)? \d+$/m)
    const v8 = JSON.parse(profile.v8Json())
    expect(v8.nodes.map((node: any) => node.callFrame.url)).toContainEqual(
      expect.stringMatching(/cpu-profile\.test\.ts/),
    )
  })

  test('a signal ends it, with its reason as the cause, and the next one can be taken', async () => {
    const reason = new Error('enough')
    const stop = new AbortController()
    const taking = debug.cpuProfile({ seconds: 100, signal: stop.signal })
    stop.abort(reason)
    await expect(taking).rejects.toMatchObject({ code: 'ERR_DEBUG_CANCELLED', cause: reason })
    const { signal } = stop
    await expect(debug.cpuProfile({ signal })).rejects.toMatchObject({
      code: 'ERR_DEBUG_CANCELLED',
    })
    await expect(debug.cpuProfile({ seconds: 0.01 })).resolves.toBeDefined()
  })

  test.each([
    [{ seconds: 0 }, 'seconds must be a number from 0.01 to 3600; received 0'],
    [{ seconds: '5' }, 'seconds must be a number from 0.01 to 3600; received "5"'],
    [{ seconds: null }, 'seconds must be a number from 0.01 to 3600; received null'],
    [{ hz: 20_000 }, 'hz must be an integer from 1 to 10000; received 20000'],
    [{ signal: 5 }, 'signal must be an AbortSignal; received 5'],
    [{ second: 1 }, 'unknown option "second"; the options are seconds, hz, wall, gc, signal'],
    [null, 'options must be an object; received null'],
  ])('cpuProfile(%j) is refused', async (options, message) => {
    await expect(debug.cpuProfile(options as never)).rejects.toMatchObject({
      name: 'TypeError',
      code: 'ERR_DEBUG_OPTION',
      message: `debug.cpuProfile: ${message}`,
    })
  })

  test('an option that is undefined is its default; top() checks its count', async () => {
    const signal = undefined
    const profile = await debug.cpuProfile({ seconds: 0.01, hz: undefined, signal })
    expect(profile.top(undefined)).toEqual(profile.top(10))
    const problem = 'profile.top: count must be an integer from 1 to 100000; received 0'
    expect(() => profile.top(0)).toThrow(problem)
  })
})
