import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { describe, expect, test } from '@jest/globals'

const folder = fileURLToPath(new URL('../..', import.meta.url))
const quiet = { NODE_ENV: 'production' }

describe('loadOrExit', () => {
  const program = `
    import * as config from '@clew/config'
    const cfg = config.loadOrExit(
      { httpAddr: config.address({ default: ':8080' }), apiKey: config.string({ min: 20 }).secret() },
      { args: process.argv.slice(1) },
    )
    console.log(String(cfg.httpAddr), String(cfg.apiKey))`

  test('prints the report without a stack, and exits with 78', async () => {
    const child = nodeEval(program, {
      cwd: folder,
      env: { ...quiet, HTTP_ADDR: '8080', API_KEY: 'hunter2' },
    })
    expect(await child.exit).toEqual({ code: 78, signal: null })
    expect(child.stdout).toBe('')
    expect(child.stderr).toBe(`The configuration has 2 problems:

  API_KEY is invalid: [redacted] (environment)
    expected: a string of at least 20 characters

  HTTP_ADDR is invalid: "8080" (environment)
    expected: an address such as :8080, 127.0.0.1:8080, [::1]:8080 or unix:/run/app.sock
    hint: the colon is missing: ":8080"?
`)
  })

  test('goes on when all is well', async () => {
    const child = nodeEval(program, { cwd: folder, env: { ...quiet, API_KEY: 'x'.repeat(20) } })
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stdout).toBe(':8080 [redacted]\n')
  })

  test('--help prints the options and exits with 0', async () => {
    const child = nodeEval(program.replace('process.argv.slice(1)', "['--help']"), {
      cwd: folder,
      env: quiet,
    })
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stdout).toContain('--http-addr <address>, HTTP_ADDR')
  })

  test('a mistake in the declaration is thrown, not reported to the operator', async () => {
    const child = nodeEval(`import * as config from '@clew/config'\nconfig.loadOrExit({ a: 1 })`, {
      cwd: folder,
    })
    expect(await child.exit).toEqual({ code: 1, signal: null })
    expect(child.stderr).toContain('ERR_CONFIG_DECLARATION')
  })

  test('an uncaught ConfigError of load shows no secret', async () => {
    const child = nodeEval(program.replace('loadOrExit', 'load'), {
      cwd: folder,
      env: { ...quiet, API_KEY: 'hunter2' },
    })
    expect((await child.exit).code).toBe(1)
    expect(child.stderr).toContain('API_KEY is invalid: [redacted]')
    expect(child.stderr).not.toContain('hunter2')
  })
})

test('.env of the working directory is read in development, and in no other mode', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'clew-config-env-'))
  writeFileSync(join(elsewhere, '.env'), 'FROM=file\n')
  const entry = new URL('../../dist/esm/index.js', import.meta.url).href
  const program = `import * as config from ${JSON.stringify(entry)}
    console.log(config.load({ from: config.string({ default: 'default' }) }).from)`
  const printed = async (mode: string | undefined) => {
    const child = nodeEval(program, { cwd: elsewhere, env: { NODE_ENV: mode, FROM: undefined } })
    await child.exit
    return child.stdout.trim()
  }
  expect([
    await printed(undefined),
    await printed('development'),
    await printed('production'),
    await printed('test'),
  ]).toEqual(['file', 'file', 'default', 'default'])
})

test('the ES module and the CommonJS copy work together in one process', async () => {
  const child = nodeEval(
    `import * as esm from '@clew/config'
     import { createRequire } from 'node:module'
     const cjs = createRequire(process.cwd() + '/x.js')('@clew/config')
     console.log(esm.load === cjs.load)
     const cfg = esm.load({ key: cjs.string().secret(), list: esm.list(cjs.integer()) }, { env: { KEY: 'hunter2', LIST: '1,2' }, envFile: false })
     console.log(cjs.isSecret(cfg.key), esm.isSecret(cjs.secret(1)), cfg.key.reveal(), cfg.list)
     console.log(cjs.sources(cfg).length, cjs.watch(cfg).shutdown() instanceof Promise)
     try { cjs.load({ a: esm.string() }, { env: {}, envFile: false }) } catch (error) { console.log(error.code) }`,
    { cwd: folder },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stdout).toBe('false\ntrue true hunter2 [ 1, 2 ]\n2 true\nERR_CONFIG_INVALID\n')
})

test('a watch does not keep the process alive', async () => {
  const child = nodeEval(
    `import * as config from '@clew/config'
     config.watch(config.load({ a: config.string().secret() }, { env: { A: 'x' }, envFile: false }))`,
    { cwd: folder },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
})

test('an environment of your own comes without .env, unless you name it, and never in production', async () => {
  const project = mkdtempSync(join(tmpdir(), 'clew-config-'))
  writeFileSync(join(project, '.env'), 'PORT=1\n')
  const program = `
    import * as config from '@clew/config'
    process.chdir(${JSON.stringify(project)})
    const read = (options) => config.load({ port: config.integer({ default: 9 }) }, options).port
    console.log(read(), read({ env: {} }), read({ env: {}, envFile: '.env' }))`
  const run = async (NODE_ENV: string) => {
    const child = nodeEval(program, { cwd: folder, env: { NODE_ENV } })
    await child.exit
    return child.stdout
  }
  expect(await run('development')).toBe('1 9 1\n')
  expect(await run('production')).toBe('9 9 9\n')
})

describe('watch in a process that nothing else keeps alive', () => {
  const watched = (rest: string) => {
    const secrets = mkdtempSync(join(tmpdir(), 'clew-config-watch-'))
    writeFileSync(join(secrets, 'key'), 'first')
    const entry = new URL('../../dist/esm/index.js', import.meta.url).href
    return nodeEval(
      `import { writeFileSync } from 'node:fs'
       import * as config from ${JSON.stringify(entry)}
       const cfg = config.load({ key: config.string().secret() }, { env: { KEY_FILE: 'key' }, envFile: false })
       const watcher = config.watch(cfg)
       writeFileSync('key', 'second')
       ${rest}`,
      { cwd: secrets },
    )
  }

  test('check() resolves', async () => {
    const child = watched(`await watcher.check(); console.log(cfg.key.reveal())`)
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stdout).toBe('second\n')
  })

  test('shutdown() resolves, also during a look', async () => {
    const child = watched(`void watcher.check(); await watcher.shutdown(); console.log('ended')`)
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stdout).toBe('ended\n')
  })

  test('the file is the one that was loaded, wherever the process goes', async () => {
    const child = watched(
      `process.chdir('/'); await watcher.check(); console.log(cfg.key.reveal())`,
    )
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stdout).toBe('second\n')
  })
})
