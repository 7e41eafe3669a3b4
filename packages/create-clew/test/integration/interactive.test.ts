// The questions, at a real terminal: `script` of util-linux makes one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describeWith } from '@clew/testing/programs'
import { afterAll, expect, test } from '@jest/globals'
import { applicationIn, bin, contentOf, removeApplications } from '../support/commands.ts'

afterAll(removeApplications)

const server = `import express from 'express'

const app = express()
app.listen(8080)
`
const files = { 'package.json': '{ "name": "orders", "type": "module" }\n', 'server.js': server }

/** Types each answer when the text in front of it has appeared. */
async function converse(
  folder: string,
  answers: readonly (readonly [RegExp, string])[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  // The terminal that `script` makes has no width.
  const command = 'stty cols 100 rows 40 && "$NODE" "$CREATE" --no-install'
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    // Not in the command: their paths can have a quote.
    env: { ...env(), NODE: process.execPath, CREATE: bin('create-clew') },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let output = ''
  const waiting = [...answers]
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    const [next] = waiting
    if (next === undefined || !next[0].test(output)) return
    waiting.shift()
    child.stdin.write(next[1])
  })
  const [code] = await once(child, 'close')
  return { code, output }
}

/** That of a person at a terminal, and not of whoever runs the tests. */
function env(): NodeJS.ProcessEnv {
  const ofTests = ['NODE_OPTIONS', 'CI', 'NO_COLOR', 'FORCE_COLOR', 'npm_config_user_agent']
  return {
    ...process.env,
    TERM: 'xterm',
    ...Object.fromEntries(ofTests.map((name) => [name, undefined])),
  }
}

const down = '\u001B[B'

describeWith('script', 'at a terminal', () => {
  test('asks for areas, shows the diff, asks again, and writes', async () => {
    const folder = applicationIn(files)
    const { code, output } = await converse(folder, [
      // Log and four others are chosen already: without log, and with config.
      [/config/, ` ${down.repeat(7)} \r`],
      [/Write this\?/, '\r'],
    ])
    expect({ code, output }).toMatchObject({ code: 0 })
    expect(output).toContain('Express in server.js, with npm')
    expect(output).toContain('\u001B[32m+import * as health from')
    const written = contentOf(folder, 'server.js')
    const names = [...written.matchAll(/'@clew\/(\w+)'/g)].map(([, name]) => name)
    expect(names).toEqual(['trace', 'metrics', 'health', 'server', 'config'])
  })

  test('writes nothing when it is refused', async () => {
    const folder = applicationIn(files)
    const { code } = await converse(folder, [
      [/config/, '\r'],
      [/Write this\?/, 'n'],
    ])
    expect(code).toBe(0)
    expect(contentOf(folder, 'server.js')).toBe(server)
  })

  test.each([/config/, /Write this\?/])('writes nothing after Ctrl-C at %s', async (question) => {
    const folder = applicationIn(files)
    const { code, output } = await converse(
      folder,
      question.source === 'config'
        ? [[question, '\u0003']]
        : [
            [/config/, '\r'],
            [question, '\u0003'],
          ],
    )
    expect(code).toBe(130)
    expect(output).toContain('cancelled: nothing was written')
    expect(contentOf(folder, 'server.js')).toBe(server)
  })
})
