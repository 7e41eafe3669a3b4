import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startNode } from '@clew/testing'
import { describe, expect, test } from '@jest/globals'
import { brokenPipe } from '../pipes.ts'

const cli = fileURLToPath(new URL('../../dist/esm/cli.js', import.meta.url))
const dist = new URL('../../dist/esm/index.js', import.meta.url).href
const folder = mkdtempSync(join(tmpdir(), 'clew-config-cli-'))
const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
const content = (name: string) => readFileSync(join(folder, name), 'utf8')

write('package.json', '{ "type": "module" }')
write(
  'spec.js',
  `import * as config from ${JSON.stringify(dist)}
   export const prefix = 'APP'
   export const spec = { port: config.integer({ default: 8080 }), key: config.string().secret() }`,
)

async function run(...args: string[]) {
  const child = startNode(cli, args, {
    cwd: folder,
    env: { APP_KEY: undefined, NODE_ENV: 'production' },
  })
  const { code } = await child.exit
  return { code, stdout: child.stdout, stderr: child.stderr }
}

describe('clew-config', () => {
  test('docs writes, and then checks', async () => {
    expect(await run('docs', './spec.js', '--check')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('CONFIG.md is out of date'),
    })
    expect(await run('docs', './spec.js')).toEqual({
      code: 0,
      stdout: 'CONFIG.md written\n.env.example written\n',
      stderr: '',
    })
    expect(content('CONFIG.md')).toContain('| `APP_PORT` | an integer | `8080` |')
    expect(content('.env.example')).toContain('# APP_PORT=8080')
    expect(await run('docs', './spec.js', '--check')).toEqual({ code: 0, stdout: '', stderr: '' })
    write('CONFIG.md', content('CONFIG.md').replace('8080', '80'))
    expect(await run('docs', './spec.js', '--check')).toMatchObject({ code: 1, stdout: '' })
    expect((await run('docs', './spec.js')).stdout).toBe(
      'CONFIG.md written\n.env.example is up to date\n',
    )
  })

  test('only what stands between the marks of a Markdown file is replaced', async () => {
    write('README.md', 'before\n<!-- clew-config -->\nold\n<!-- /clew-config -->\nafter\n')
    expect(
      await run('docs', './spec.js', '--markdown', 'README.md', '--json-schema', 'schema.json'),
    ).toMatchObject({ code: 0 })
    expect(content('README.md')).toMatch(
      /^before\n<!-- clew-config -->\n\n\| Variable[\s\S]*\n<!-- \/clew-config -->\nafter\n$/,
    )
    expect(JSON.parse(content('schema.json'))).toMatchObject({
      properties: { APP_KEY: { writeOnly: true } },
    })
  })

  test('a mark counts only alone on its line', async () => {
    const before = 'Between `<!-- clew-config -->` and `<!-- /clew-config -->`.\n\n'
    write('marks.md', `${before}  <!-- clew-config --> \nold\n<!-- /clew-config -->\nafter`)
    expect(await run('docs', './spec.js', '--markdown', 'marks.md')).toMatchObject({ code: 0 })
    expect(content('marks.md').startsWith(`${before}  <!-- clew-config --> \n\n| Var`)).toBe(true)
    expect(content('marks.md')).toMatch(/\n<!-- \/clew-config -->\nafter$/)
    write('marks.md', before)
    expect(await run('docs', './spec.js', '--markdown', 'marks.md')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('each alone on its line'),
    })
  })

  test('the line ends of a file, and what cannot be seen, stay as they are', async () => {
    const args = ['docs', './spec.js', '--markdown', 'dos.md', '--env-example', 'dos.env']
    write('dos.md', '\ufeffbefore\r\n<!-- clew-config -->\r\n<!-- /clew-config -->\r\nafter\n')
    write('dos.env', '# Written by clew-config; change the declaration instead.\r\n')
    expect(await run(...args)).toMatchObject({ code: 0 })
    const [, table] =
      /^\ufeffbefore\r\n<!.*>([\s\S]*)<!.*>\r\nafter\n$/.exec(content('dos.md')) ?? []
    for (const text of [table, content('dos.env')]) {
      expect(text).toContain('APP_PORT')
      expect(text?.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    }
    expect(await run(...args, '--check')).toMatchObject({ code: 0 })
  })

  test('a blank file is as one that is not there', async () => {
    write('blank.md', '\r\n')
    write('blank.env', '')
    const args = ['docs', './spec.js', '--markdown', 'blank.md', '--env-example', 'blank.env']
    expect(await run(...args, '--check')).toMatchObject({ code: 1 })
    expect(await run(...args)).toMatchObject({ code: 0 })
    expect(content('blank.md')).toMatch(/^# Configuration\n\n<!-- clew-config -->\n/)
    expect(await run(...args, '--check')).toMatchObject({ code: 0 })
  })

  test('a file of somebody else is not overwritten', async () => {
    write('mine.md', 'mine')
    write('mine.env', 'A=1')
    for (const args of [
      ['--markdown', 'mine.md'],
      ['--env-example', 'mine.env'],
      ['--json-schema', 'mine.env'],
    ]) {
      const { code, stderr } = await run('docs', './spec.js', ...args)
      expect([code, stderr]).toEqual([2, expect.stringContaining('exists')])
    }
    expect([content('mine.md'), content('mine.env')]).toEqual(['mine', 'A=1'])
  })

  test('check reads the environment', async () => {
    expect(await run('check', './spec.js')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('APP_KEY is not set'),
    })
    write(
      'loaded.js',
      `import * as config from ${JSON.stringify(dist)}\nexport const spec = { home: config.string(), key: config.string({ default: 'hunter2' }).secret() }`,
    )
    const { code, stdout } = await run('check', './loaded.js')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^HOME {2}\/.* \(environment\)\nKEY {3}\[redacted\] {2}\(default\)\n$/)
  })

  test.each<[string[], string | RegExp]>([
    [[], /^Usage: clew-config/],
    [['docs'], /^Usage: clew-config/],
    [['write', './spec.js'], /^Usage: clew-config/],
    [['docs', './spec.js', '--chekc'], /Unknown option '--chekc'/],
    [['docs', './nowhere.js'], './nowhere.js does not exist\n'],
    [['docs', './empty.js'], './empty.js does not export `spec`\n'],
    [['docs', './broken.js'], /^\.\/broken\.js cannot be imported: /],
    [
      ['docs', './loads.js'],
      /^\.\/loads\.js loads its configuration when it is imported: the module must export `spec` without/,
    ],
    [['docs', './null.js'], './null.js cannot be imported: null\n'],
    [['docs', './prefix.js'], './prefix.js exports a `prefix` that is not a string\n'],
    [
      ['docs', './spec.js', '--markdown', 'nowhere/x.md'],
      /^nowhere\/x\.md cannot be written: ENOENT.*\n$/,
    ],
    [['docs', './spec.js', '--json-schema', 'folder'], /^folder cannot be read: EISDIR.*\n$/],
    [['docs', './spec.js', '--markdown', 'latin.md'], /^latin\.md cannot be read: .*\n$/],
    [
      ['docs', './wrong.js'],
      'config.markdown: spec.a must be a kind such as config.string() or a group of kinds; received 1\n',
    ],
  ])('%j is a mistake in one line', async (args, message) => {
    write('empty.js', '')
    write('broken.js', 'throw new Error("broken")')
    write('null.js', 'throw null')
    write('prefix.js', 'export const spec = {}; export const prefix = 5')
    mkdirSync(join(folder, 'folder'), { recursive: true })
    writeFileSync(join(folder, 'latin.md'), Buffer.from([0xe9]))
    write(
      'loads.js',
      `import * as config from ${JSON.stringify(dist)}\nexport const spec = { a: config.string() }\nconfig.load(spec, { env: {} })`,
    )
    write('wrong.js', 'export const spec = { a: 1 }')
    const { code, stdout, stderr } = await run(...args)
    expect([code, stdout]).toEqual([2, ''])
    if (typeof message === 'string') expect(stderr).toBe(message)
    else expect(stderr).toMatch(message)
  })

  test.each(['docs', 'check'])('%s explains a module that ends the process', async (command) => {
    write(
      'exits.js',
      `import * as config from ${JSON.stringify(dist)}
       export const spec = { never: config.string() }
       export const cfg = config.loadOrExit(spec)`,
    )
    const { code, stdout, stderr } = await run(command, './exits.js')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      /NEVER is not set[\s\S]*\n\.\/exits\.js ends the process when it is imported: /,
    )
    expect(stderr).toMatch(/: the module must export `spec` without loading it.*\n$/)
  })

  test('ends when its work is done, whatever the module keeps open', async () => {
    write(
      'open.js',
      `export { spec } from './spec.js'
       import { createServer } from 'node:http'
       createServer().listen(0)`,
    )
    expect(await run('docs', './open.js', '--markdown', 'open.md')).toMatchObject({
      code: 0,
      stdout: 'open.md written\n',
    })
  })

  const declared = `import * as config from ${JSON.stringify(dist)}
    export const spec = { port: config.port({ default: 1 as number }) }`
  test.each(['spec.ts', 'spec.mts', 'imports.js'])('%s is TypeScript', async (name) => {
    write(name, declared)
    if (name.endsWith('.js')) {
      write('imported.ts', declared)
      write(name, `export { spec } from './imported.ts'`)
    }
    const { code, stdout, stderr } = await run('docs', `./${name}`, '--markdown', `${name}.md`)
    // Node 22.18 and later import TypeScript as it is.
    if ((process.features as { typescript?: unknown }).typescript) {
      expect([code, stdout]).toEqual([0, `${name}.md written\n`])
    } else {
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(
        /^\.\/\S+ cannot be imported: .*\nNode \S+ does not import TypeScript\. /,
      )
      expect(stderr).toContain("\n  NODE_OPTIONS='--import tsx' npx @clew/config docs ./spec.ts\n")
    }
  })

  test('a file of another unknown sort has nothing to do with TypeScript', async () => {
    write('spec.yaml', 'a: 1')
    const { code, stderr } = await run('docs', './spec.yaml')
    expect(code).toBe(2)
    expect(stderr).toMatch(/^\.\/spec\.yaml cannot be imported: .*\n$/)
  })

  test('the options of load may be exported', async () => {
    write(
      'options.js',
      `import * as config from ${JSON.stringify(dist)}
       export const options = { prefix: 'APP', env: { APP_GREETING: 'hello' } }
       export const spec = { greeting: config.string() }`,
    )
    expect(await run('check', './options.js')).toMatchObject({
      code: 0,
      stdout: 'APP_GREETING  hello  (environment)\n',
    })
    expect(await run('docs', './options.js', '--markdown', 'options.md')).toMatchObject({ code: 0 })
    expect(content('options.md')).toContain('`APP_GREETING`')
    for (const options of ['null', '5']) {
      write('wrong-options.js', `export const spec = {}; export const options = ${options}`)
      expect(await run('check', './wrong-options.js')).toMatchObject({
        code: 2,
        stderr: './wrong-options.js exports `options` that are not an object\n',
      })
    }
  })

  test('prints everything before it ends', async () => {
    write(
      'many.js',
      `import * as config from ${JSON.stringify(dist)}
       const names = Array.from({ length: 5000 }, (_, index) => 'variable' + index)
       export const spec = Object.fromEntries(names.map((name) => [name, config.string({ default: 'x' })]))`,
    )
    const { code, stdout } = await run('check', './many.js')
    expect([code, stdout.split('\n').length]).toEqual([0, 5001])
  })

  test.each<[string, () => number]>([
    ['EPIPE', brokenPipe],
    ['ENOSPC', () => openSync('/dev/full', 'w')],
  ])('what it prints that nobody takes (%s) is a problem in one line', (code, target) => {
    const args = [cli, 'docs', './spec.js', '--markdown', 'unread.md']
    const stdio = ['ignore', target(), 'pipe'] as const
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: folder,
      stdio: [...stdio],
      encoding: 'utf8',
    })
    expect(stderr).toMatch(new RegExp(`^standard output cannot be written: .*${code}.*\\n$`))
    expect(status).toBe(2)
  })

  test('a CommonJS module, and --help', async () => {
    write(
      'spec.cjs',
      `const config = require(${JSON.stringify(fileURLToPath(new URL('../../dist/cjs/index.js', import.meta.url)))})\nconst all = { spec: { a: config.string() } }\nmodule.exports = all`,
    )
    expect(await run('docs', './spec.cjs', '--markdown', 'cjs.md')).toMatchObject({ code: 0 })
    expect(content('cjs.md')).toContain('`A`')
    expect(await run('--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Usage:'),
    })
  })
})
