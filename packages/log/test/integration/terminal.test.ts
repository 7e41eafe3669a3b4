import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { describe, expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
const program = `import * as log from '@clew/log'
  log.info(String(log.isTerminal()), { a: 1 })`
const blue = '\u001b[34mINFO\u001b[0m'

describe('where no person reads', () => {
  test('json, without colour', async () => {
    const child = nodeEval(program, { cwd })
    await child.exit
    expect(JSON.parse(child.stdout)).toMatchObject({ level: 'info', msg: 'false', a: 1 })
  })

  test.each([
    [{}, false],
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    [{ FORCE_COLOR: '0' }, false],
    [{ NO_COLOR: '1' }, false],
  ])('the terminal format with %j: colour %s', async (env, coloured) => {
    const child = nodeEval(
      `import * as log from '@clew/log'
      log.create({ outputs: { format: 'terminal' } }).info('m')`,
      { cwd, env: { NO_COLOR: undefined, FORCE_COLOR: undefined, ...env } },
    )
    await child.exit
    expect(child.stdout.includes(blue)).toBe(coloured)
    expect(child.stdout).toContain('INFO')
  })
})

// Gives a program a terminal of its own; elsewhere it takes other options.
const script = process.platform === 'linux' ? 'script' : 'script of util-linux'
describeWith(script, 'on a real terminal', () => {
  const onTerminal = async (env: Readonly<Record<string, string>>) => {
    const { NO_COLOR: _no, FORCE_COLOR: _force, NODE_OPTIONS: _options, ...inherited } = process.env
    const child = spawn(
      'script',
      ['-qec', '"$NODE" --input-type=module -e "$PROGRAM"', '/dev/null'],
      {
        cwd,
        env: { ...inherited, NODE: process.execPath, PROGRAM: program, TERM: 'xterm', ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let output = ''
    for await (const chunk of child.stdout) output += chunk
    return output.trimEnd()
  }

  test('lines are for people, and coloured', async () => {
    const line = await onTerminal({})
    expect(line).toContain(`${blue} true`)
    expect(line).toMatch(/a.*=1$/)
  })

  test.each([{ NO_COLOR: '1' }, { FORCE_COLOR: '0' }, { TERM: 'dumb' }])(
    'and not coloured with %j',
    async (env) => {
      expect(await onTerminal(env)).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO true +a=1$/)
    },
  )
})
