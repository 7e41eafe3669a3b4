import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { expect, test } from '@jest/globals'

// Each in a process of its own: a process has one default logger.
const cwd = fileURLToPath(new URL('..', import.meta.url))

async function linesOf(code: string): Promise<Record<string, unknown>[]> {
  const child = nodeEval(
    `import { createRequire } from 'node:module'
    import http from 'node:http'
    import { once } from 'node:events'
    import * as log from '@clew/log'
    const other = createRequire(process.cwd() + '/x.js')('@clew/log')
    const to = 'stdout', format = 'json'
    ${code}`,
    { cwd },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stderr).toBe('')
  return child.stdout
    .trim()
    .split('\n')
    .map((line) => {
      const { time: _time, ...rest } = JSON.parse(line)
      return rest
    })
}

test.each([
  ['this copy', 'log'],
  ['the other copy', 'other'],
])('loggers made before configure() follow it: %s', async (_name, copy) => {
  const lines = await linesOf(
    `const child = ${copy}.child({ module: 'db', secret_plan: new Map([['iban', 'DE1']]) })
    const grandchild = child.child({ part: 'pool', nested: { iban: 'DE2' } })
    child.info('before')
    grandchild.info('before')
    const logger = log.configure({
      fields: { svc: 'orders', part: 'main' },
      names: { msg: 'message' },
      redact: { keys: ['iban'] },
      outputs: { to, format },
    })
    child.info('after')
    grandchild.warn('after')
    ${copy}.info('ambient')
    log.scope({ job: 1 }, () => {
      grandchild.info('held')
      log.error('released')
    })
    child.level = 'error'
    logger.warn('below the level of all of them')
    log.warn('below')`,
  )
  const db = { module: 'db', secret_plan: { iban: '[redacted]' } }
  const pool = { ...db, part: 'pool', nested: { iban: '[redacted]' } }
  const [svc, main] = [{ svc: 'orders' }, { svc: 'orders', part: 'main' }]
  const open = { module: 'db', secret_plan: { iban: 'DE1' } }
  expect(lines).toEqual([
    { level: 'info', msg: 'before', ...open },
    { level: 'info', msg: 'before', ...open, part: 'pool', nested: { iban: 'DE2' } },
    { level: 'info', message: 'after', ...main, ...db },
    { level: 'warn', message: 'after', ...svc, ...pool },
    { level: 'info', message: 'ambient', ...main },
    { level: 'info', message: 'held', ...svc, ...pool, job: 1 },
    { level: 'error', message: 'released', ...main, job: 1 },
    { level: 'info', message: 'end', ...main, job: 1, time_ms: expect.any(Number) },
  ])
})

test('a middleware, a client and a console made before follow it too', async () => {
  const lines = await linesOf(
    `const watch = log.http()
    const stop = log.client()
    const console = log.asConsole(log.child({ part: 'sdk' }))
    log.configure({ level: 'debug', hold: { slowMs: 0, debug: true }, fields: { svc: 'orders' }, outputs: { to, format } })
    const server = http.createServer((req, res) => watch(req, res, () => {
      log.debug('in the request')
      console.info('console')
      res.end('ok')
    })).listen(0, '127.0.0.1')
    await once(server, 'listening')
    await (await fetch('http://127.0.0.1:' + server.address().port)).text()
    stop()
    server.close()
    server.closeAllConnections()`,
  )
  expect(lines.map(({ level, msg, svc, part, slow }) => [level, msg, svc, part, slow])).toEqual(
    expect.arrayContaining([
      ['debug', 'in the request', 'orders', undefined, undefined],
      ['info', 'console', 'orders', 'sdk', undefined],
      ['warn', 'end', 'orders', undefined, true],
      ['info', 'finished client HTTP request', 'orders', undefined, undefined],
    ]),
  )
})

test('what is under way follows: a scope, an override; the lines before come first', async () => {
  const lines = await linesOf(
    `const end = log.child({}).override({ level: 'debug' })
    end()
    const stop = log.child({}).override({ level: 'debug' })
    await log.scope({ job: 1 }, async () => {
      log.info('at once')
      log.configure({ level: 'warn', fields: { svc: 'orders' }, outputs: { to, format } })
      log.debug('still overridden')
      await null
      stop()
      log.debug('below')
      log.info('below')
      log.warn('configured')
    })
    log.info('below')`,
  )
  expect(lines.map(({ msg, svc }) => [msg, svc])).toEqual([
    ['at once', undefined],
    ['still overridden', 'orders'],
    ['configured', 'orders'],
  ])
})

test('lines that wait have the new names; work that outlives its scope has the new level', async () => {
  const lines = await linesOf(
    `const child = log.child({ module: 'db' })
    child.level = 'info'
    child.info('before')
    let go
    const gate = new Promise((resolve) => { go = resolve })
    let late
    log.scope({ job: 1 }, () => { late = gate.then(() => log.debug('late')) })
    log.scope({ job: 2 }, () => {
      child.info('held')
      log.configure({ level: 'debug', names: { module: 'mod', job: 'task' }, outputs: { to, format } })
      log.flush()
    })
    go()
    await late`,
  )
  expect(lines.map(({ level: _level, time_ms: _time, ...rest }) => rest)).toEqual([
    { msg: 'before', module: 'db' },
    { msg: 'held', mod: 'db', task: 2 },
    { msg: 'end', task: 2 },
    { msg: 'late', task: 1 },
  ])
})

test('a wrong option changes nothing, and the next call counts; from then on a call replaces the default', async () => {
  const lines = await linesOf(
    `const child = log.child({ part: 'db' })
    let code
    try {
      log.configure({ level: 'warn', maxDepth: 'deep' })
    } catch (error) {
      code = error.code
    }
    child.info('unchanged', { code })
    const first = log.configure({ fields: { svc: 'first' }, outputs: { to, format } })
    child.info('follows')
    const second = log.configure({ fields: { svc: 'second' }, outputs: { to, format } })
    child.info('stays')
    first.info('stays')
    log.info('new')
`,
  )
  expect(lines).toEqual([
    { level: 'info', msg: 'unchanged', part: 'db', code: 'ERR_LOG_OPTION' },
    { level: 'info', msg: 'follows', svc: 'first', part: 'db' },
    { level: 'info', msg: 'stays', svc: 'first', part: 'db' },
    { level: 'info', msg: 'stays', svc: 'first' },
    { level: 'info', msg: 'new', svc: 'second' },
  ])
})

test('children of a logger that nobody has configured are not kept', async () => {
  const lines = await linesOf(
    `const { setFlagsFromString } = await import('node:v8')
    const { runInNewContext } = await import('node:vm')
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc')
    const used = async () => {
      for (let i = 0; i < 3; i++) { await new Promise(setImmediate); gc() }
      return process.memoryUsage().heapUsed
    }
    const round = async () => {
      for (let i = 0; i < 20_000; i++) {
        log.child({ text: 'x'.repeat(500) + i })
        if (i % 1000 === 0) await new Promise(setImmediate)
      }
    }
    await round()
    const before = await used()
    for (let i = 0; i < 3; i++) await round()
    log.info('grown', { mb: (await used() - before) / 2 ** 20 })`,
  )
  expect(lines[0]?.['mb']).toBeLessThan(5)
})
