import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startNode } from '@clew/testing'
import { describe, expect, test } from '@jest/globals'

const cli = fileURLToPath(new URL('../../dist/esm/cli.js', import.meta.url))
const dist = new URL('../../dist/esm/index.js', import.meta.url).href
const folder = mkdtempSync(join(tmpdir(), 'clew-config-cli-'))
const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
const content = (name: string) => readFileSync(join(folder, name), 'utf8')

write('package.json', '{ "type": "module" }')
write(
  'spec.js',
  `import * as config from '${dist}'
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
      stderr: expect.stringContaining('CONFIG.md is not up to date'),
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

  test('a file of somebody else is not overwritten', async () => {
    write('mine.md', 'mine')
    write('mine.env', 'A=1')
    for (const args of [
      ['--markdown', 'mine.md'],
      ['--env-example', 'mine.env'],
      ['--json-schema', 'mine.env'],
    ]) {
      const { code, stderr } = await run('docs', './spec.js', ...args)
      expect([code, stderr]).toEqual([2, expect.stringContaining('is there already')])
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
      `import * as config from '${dist}'\nexport const spec = { home: config.string(), key: config.string({ default: 'hunter2' }).secret() }`,
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
    [['docs', './empty.js'], './empty.js exports no `spec`\n'],
    [['docs', './broken.js'], /^\.\/broken\.js cannot be imported: /],
    [['docs', './loads.js'], /reads its configuration when it is imported/],
    [['docs', './wrong.js'], 'a is neither a kind (config.string() …) nor a group of kinds\n'],
  ])('%j is a mistake in one line', async (args, message) => {
    write('empty.js', '')
    write('broken.js', 'throw new Error("broken")')
    write(
      'loads.js',
      `import * as config from '${dist}'\nexport const spec = { a: config.string() }\nconfig.load(spec, { env: {} })`,
    )
    write('wrong.js', 'export const spec = { a: 1 }')
    const { code, stdout, stderr } = await run(...args)
    expect([code, stdout]).toEqual([2, ''])
    if (typeof message === 'string') expect(stderr).toBe(message)
    else expect(stderr).toMatch(message)
  })

  test('a CommonJS module, and --help', async () => {
    write(
      'spec.cjs',
      `const config = require('${fileURLToPath(new URL('../../dist/cjs/index.js', import.meta.url))}')\nconst all = { spec: { a: config.string() } }\nmodule.exports = all`,
    )
    expect(await run('docs', './spec.cjs', '--markdown', 'cjs.md')).toMatchObject({ code: 0 })
    expect(content('cjs.md')).toContain('`A`')
    expect(await run('--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Usage:'),
    })
  })
})
