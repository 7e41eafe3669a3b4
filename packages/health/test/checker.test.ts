import * as health from '@clew/health'
import { expect, jest, test } from '@jest/globals'

const never = () => new Promise<never>(() => {})
const down = (message = 'gone') => {
  throw Object.assign(new Error(message), { code: 'EGONE' })
}

/** A dependency that a test turns on and off. */
function dependency(options?: health.PingerOptions) {
  const state = { up: true, pings: 0 }
  const pinger = health.pinger(
    'db',
    () => {
      state.pings++
      if (!state.up) down()
    },
    options,
  )
  return { state, pinger }
}

test('all dependencies up is pass', async () => {
  const checker = health.checker(
    [health.pinger('a', () => undefined), health.pinger('b', async () => true)],
    { version: '1.2.3' },
  )
  const result = await checker.check()
  expect(result).toMatchObject({ status: 'pass', version: '1.2.3', draining: false })
  expect(result.checks).toMatchObject([
    { name: 'a', up: true, status: 'pass', failures: 0, stuck: false, critical: true },
    { name: 'b', up: true, status: 'pass' },
  ])
  expect(result.checks[0]).not.toHaveProperty('error')
  expect(Number.isInteger(result.uptime)).toBe(true)
})

test('no dependencies is pass', async () => {
  expect(await health.checker([]).check()).toMatchObject({ status: 'pass', checks: [] })
})

test.each([
  ['a throw', () => down()],
  ['a rejection', async () => down()],
])('%s is a failure, not a crash', async (_, ping) => {
  const { status, checks } = await health.checker([health.pinger('db', ping)]).check()
  expect(status).toBe('fail')
  expect(checks).toMatchObject([{ up: false, status: 'fail', error: 'gone', code: 'EGONE' }])
})

test('false is a failure', async () => {
  const { checks } = await health.checker([health.pinger('db', async () => false)]).check()
  expect(checks).toMatchObject([{ up: false, code: 'ERR_HEALTH_FALSE' }])
})

test.each([undefined, null, 0, '', 'no', Number.NaN])('%p is a success', async (answer) => {
  const { status } = await health.checker([health.pinger('db', () => answer)]).check()
  expect(status).toBe('pass')
})

test('what is not critical warns and leaves the service ready', async () => {
  const pinger = health.pinger('cache', () => down(), { critical: false })
  const result = await health.checker([pinger, health.pinger('db', () => {})]).check()
  expect(result.status).toBe('warn')
  expect(result.checks).toMatchObject([{ up: false, status: 'warn' }, { status: 'pass' }])
})

test('pings run at the same time', async () => {
  let waiting = 0
  let release = () => {}
  const all = new Promise<void>((resolve) => {
    release = resolve
  })
  const meet = () => {
    if (++waiting === 3) release()
    return all
  }
  const pingers = ['a', 'b', 'c'].map((name) => health.pinger(name, meet))
  expect(await health.checker(pingers).check()).toMatchObject({ status: 'pass' })
})

test('checks at the same time share one round', async () => {
  const { state, pinger } = dependency()
  const checker = health.checker([pinger], { cacheMs: 0 })
  await Promise.all([checker.check(), checker.check(), checker.check()])
  expect(state.pings).toBe(1)
})

test('a result is kept for cacheMs, a failure too', async () => {
  jest.useFakeTimers({ doNotFake: ['setTimeout', 'clearTimeout', 'nextTick', 'queueMicrotask'] })
  try {
    const { state, pinger } = dependency()
    const checker = health.checker([pinger])
    const moments: [number, boolean, string, number][] = [
      [0, false, 'fail', 1],
      [4_999, true, 'fail', 1],
      [2, true, 'pass', 2],
      [4_990, false, 'pass', 2],
      [20, false, 'fail', 3],
    ]
    for (const [later, up, status, pings] of moments) {
      jest.advanceTimersByTime(later)
      state.up = up
      expect(await checker.check()).toMatchObject({ status })
      expect(state.pings).toBe(pings)
    }
  } finally {
    jest.useRealTimers()
  }
})

test('cacheMs 0 asks each time', async () => {
  const { state, pinger } = dependency()
  const checker = health.checker([pinger], { cacheMs: 0 })
  await checker.check()
  await checker.check()
  expect(state.pings).toBe(2)
})

test('a hung ping times out, is reported stuck, and is not started again', async () => {
  let pings = 0
  let signal: AbortSignal | undefined
  let release = () => {}
  const hang = new Promise<void>((resolve) => {
    release = resolve
  })
  const pinger = health.pinger(
    'db',
    (given) => {
      pings++
      signal = given
      return hang
    },
    { timeoutMs: 20 },
  )
  const checker = health.checker([pinger, health.pinger('fine', () => {})], { cacheMs: 0 })

  const first = await checker.check()
  expect(first.checks).toMatchObject([
    { up: false, stuck: false, code: 'ERR_HEALTH_TIMEOUT', error: 'no answer within 20 ms' },
    { up: true },
  ])
  expect(signal).toMatchObject({ aborted: true, reason: { code: 'ERR_HEALTH_TIMEOUT' } })

  const second = await checker.check()
  expect(second.checks).toMatchObject([
    { up: false, stuck: true, failures: 2, code: 'ERR_HEALTH_STUCK' },
    { up: true },
  ])
  expect(second.checks[0]?.error).toMatch(
    /^a ping started \d+\.\d s ago still runs \(its timeout is 20 ms\); no other one is started$/,
  )
  expect(pings).toBe(1)

  release()
  await new Promise(setImmediate)
  const third = await checker.check()
  expect(third.checks).toMatchObject([{ up: true, stuck: false }, { up: true }])
  expect(pings).toBe(2)
})

test('a ping that obeys its signal is a timeout, never stuck', async () => {
  const pinger = health.pinger(
    'db',
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
    { timeoutMs: 10 },
  )
  const checker = health.checker([pinger], { cacheMs: 0 })
  for (const failures of [1, 2]) {
    const { checks } = await checker.check()
    expect(checks).toMatchObject([{ code: 'ERR_HEALTH_TIMEOUT', stuck: false, failures }])
  }
})

test('one report per change, with how long it was down', async () => {
  const { state, pinger } = dependency()
  const checker = health.checker([pinger], { cacheMs: 0 })
  const reports: health.Report[] = []
  checker.subscribe((report) => reports.push(report))

  await checker.check()
  state.up = false
  await checker.check()
  await checker.check()
  state.up = true
  await checker.check()
  await checker.check()

  expect(reports).toEqual([
    {
      type: 'health.changed',
      level: 'error',
      message: 'db is down: gone',
      fields: { dep: 'db', critical: true, err: 'gone', code: 'EGONE' },
    },
    {
      type: 'health.changed',
      level: 'info',
      message: expect.stringMatching(/^db is back after \d+\.\d s$/),
      fields: { dep: 'db', critical: true, down_ms: expect.any(Number) },
    },
  ])
})

test('what is not critical is reported as a warning', async () => {
  const checker = health.checker([health.pinger('cache', () => down(), { critical: false })])
  const reports: health.Report[] = []
  checker.subscribe((report) => reports.push(report))
  await checker.check()
  expect(reports).toMatchObject([{ level: 'warn', fields: { dep: 'cache', critical: false } }])
})

test('failAfter keeps it up, with a warning, until it failed that often', async () => {
  const { state, pinger } = dependency({ failAfter: 3, recoverAfter: 2 })
  const checker = health.checker([pinger], { cacheMs: 0 })
  const next = async (up: boolean) => {
    state.up = up
    const { status, checks } = await checker.check()
    return [status, checks[0]?.up, checks[0]?.failures, checks[0]?.error]
  }
  expect(await next(true)).toEqual(['pass', true, 0, undefined])
  expect(await next(false)).toEqual(['warn', true, 1, 'gone'])
  expect(await next(false)).toEqual(['warn', true, 2, 'gone'])
  expect(await next(false)).toEqual(['fail', false, 3, 'gone'])
  expect(await next(true)).toEqual(['fail', false, 0, 'gone'])
  expect(await next(true)).toEqual(['pass', true, 0, undefined])
})

test('a listener that throws or rejects harms nobody', async () => {
  const checker = health.checker([health.pinger('db', () => down())])
  const reports: health.Report[] = []
  checker.subscribe(() => {
    throw new Error('listener')
  })
  checker.subscribe(async () => {
    throw new Error('async listener')
  })
  const end = checker.subscribe(() => reports.push({} as health.Report))
  end()
  checker.subscribe((report) => reports.push(report))
  expect(await checker.check()).toMatchObject({ status: 'fail' })
  expect(reports).toHaveLength(1)
})

test('draining is fail, and says so', async () => {
  const checker = health.checker([health.pinger('db', () => {})])
  checker.drain()
  expect(await checker.check()).toMatchObject({
    status: 'fail',
    draining: true,
    checks: [{ status: 'pass' }],
  })
})

test('shutdown aborts what runs, reports nothing, and asks no more', async () => {
  let signal: AbortSignal | undefined
  let pings = 0
  let begin = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const pinger = health.pinger(
    'db',
    (given) => {
      pings++
      signal = given
      begin()
      return never()
    },
    { timeoutMs: 60_000 },
  )
  const checker = health.checker([pinger], { cacheMs: 0 })
  const reports: health.Report[] = []
  checker.subscribe((report) => reports.push(report))
  const running = checker.check()
  await begun
  await checker.shutdown()
  expect(await running).toMatchObject({ status: 'fail', draining: true, checks: [] })
  expect(signal).toMatchObject({ aborted: true, reason: { name: 'AbortError' } })
  await checker.check()
  await checker.shutdown()
  expect(pings).toBe(1)
  expect(reports).toEqual([])
})

test('shutdown before the ping has started lets it not start', async () => {
  let pings = 0
  const checker = health.checker([health.pinger('db', () => pings++)])
  const running = checker.check()
  await checker.shutdown()
  expect(await running).toMatchObject({ status: 'fail', checks: [] })
  expect(pings).toBe(0)
})

test('shutdown closes the pingers, and a close that throws harms nobody', async () => {
  const closed: string[] = []
  const checker = health.checker([
    { name: 'a', ping() {}, close: () => down() },
    { name: 'b', ping() {}, close: async () => closed.push('b') },
  ])
  await checker.shutdown()
  await checker.shutdown()
  expect(closed).toEqual(['b'])
})

test('an object with a name and ping is a pinger, called with its own this', async () => {
  class Queue {
    name = 'queue'
    ready = true
    critical = false
    ping() {
      return this.ready
    }
  }
  const queue = new Queue()
  const checker = health.checker([queue], { cacheMs: 0 })
  expect(await checker.check()).toMatchObject({ status: 'pass' })
  queue.ready = false
  expect(await checker.check()).toMatchObject({ status: 'warn' })
})

test('results are frozen and shared', async () => {
  const checker = health.checker([health.pinger('db', () => {})])
  const result = await checker.check()
  expect(Object.isFrozen(result) && Object.isFrozen(result.checks)).toBe(true)
  expect(Object.isFrozen(result.checks[0])).toBe(true)
})

const bad = (value: unknown) => value as never

test('an option that is undefined is its default', async () => {
  const options = {
    timeoutMs: undefined,
    critical: undefined,
    failAfter: undefined,
    recoverAfter: undefined,
  }
  const pinger = health.pinger('a', () => {}, options)
  expect(pinger).toMatchObject({ timeoutMs: 2000, critical: true, failAfter: 1, recoverAfter: 1 })
  const checker = health.checker([pinger, { name: 'b', ping() {}, ...options }], {
    version: undefined,
    cacheMs: undefined,
    maxErrorLength: undefined,
  })
  expect(await checker.check()).toMatchObject({ status: 'pass', version: '' })
})

test.each([
  ['duplicate', () => health.checker([health.pinger('a', () => {}), health.pinger('a', () => {})])],
  ['empty', () => health.pinger('', () => {})],
  ['blank', () => health.pinger(' db', () => {})],
  ['control character', () => health.pinger('a\nb', () => {})],
  ['lone surrogate', () => health.pinger('a\ud800', () => {})],
  ['too long', () => health.pinger('a'.repeat(101), () => {})],
  ['no string', () => health.pinger(bad(7), () => {})],
])('a bad name is refused: %s', (_, make) => {
  expect(make).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_HEALTH_NAME' }))
})

test('the error for a name says which one', () => {
  expect(() => health.pinger('a\nb', () => {})).toThrow(
    'health.pinger: name must be 1 to 100 printable characters without white space at the ends; received "a\\nb"',
  )
  const ping = () => {}
  expect(() => health.checker([{ name: '', ping }])).toThrow(
    'health.checker: pingers[0].name must be 1 to 100 printable characters',
  )
  expect(() =>
    health.checker([
      { name: 'a', ping },
      { name: 'a', ping },
    ]),
  ).toThrow('health.checker: pingers[1].name must be a name that no other pinger has; received "a"')
})

test.each<[string, () => unknown]>([
  [
    'health.checker: pingers must be an array; received undefined',
    () => health.checker(bad(undefined)),
  ],
  ['health.checker: pingers[0] must be an object; received 7', () => health.checker([bad(7)])],
  [
    'health.checker: pingers[0] must be an object with a name and the method ping(); received an object',
    () => health.checker([bad({})]),
  ],
  [
    'health.checker: cacheMs must be an integer from 0 to 2147483647; received "5"',
    () => health.checker([], bad({ cacheMs: '5' })),
  ],
  [
    'health.checker: cacheMs must be an integer from 0 to 2147483647; received NaN',
    () => health.checker([], { cacheMs: Number.NaN }),
  ],
  [
    'health.checker: cacheMs must be an integer from 0 to 2147483647; received null',
    () => health.checker([], bad({ cacheMs: null })),
  ],
  [
    'health.checker: version must be a string; received 1',
    () => health.checker([], bad({ version: 1 })),
  ],
  [
    'health.checker: unknown option "cacheMS"; the options are version, cacheMs, answerMs, maxErrorLength, liveness',
    () => health.checker([], bad({ cacheMS: 1 })),
  ],
  [
    'health.checker: options must be an object; received an array',
    () => health.checker([], bad([])),
  ],
  [
    'health.checker: maxErrorLength must be an integer from 16 to 2000; received 3',
    () => health.checker([], { maxErrorLength: 3 }),
  ],
  [
    'health.pinger: fn must be a function; received undefined',
    () => health.pinger('a', bad(undefined)),
  ],
  [
    'health.pinger: timeoutMs must be an integer from 1 to 2147483647; received 0',
    () => health.pinger('a', () => {}, { timeoutMs: 0 }),
  ],
  [
    'health.pinger: critical must be true or false; received 1',
    () => health.pinger('a', () => {}, bad({ critical: 1 })),
  ],
  [
    'health.pinger: failAfter must be an integer of at least 1; received 0',
    () => health.pinger('a', () => {}, { failAfter: 0 }),
  ],
  [
    'health.pinger: unknown option "timeout"; the options are timeoutMs, critical, failAfter, recoverAfter',
    () => health.pinger('a', () => {}, bad({ timeout: 5 })),
  ],
  [
    'health.checker: pingers[1].recoverAfter must be an integer of at least 1; received 1.5',
    () =>
      health.checker([
        { name: 'a', ping() {} },
        { name: 'b', ping() {}, recoverAfter: 1.5 },
      ]),
  ],
  [
    'checker.handler: kind must be one of live, ready, startup, details; received "alive"',
    () => health.checker([]).handler(bad('alive')),
  ],
])('a bad option is refused: %s', (message, make) => {
  expect(make).toThrow(
    expect.objectContaining({
      name: 'TypeError',
      code: 'ERR_HEALTH_OPTION',
      message,
    }),
  )
})
