import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { commandLine } from '../src/console/command-line.ts'

const shown = (nodeFlags: string[], script: string | undefined, ...args: string[]) =>
  commandLine('node', nodeFlags, script, args).split('\0').join(' ')

test.each([
  [['--port', '80'], '--port [hidden]'],
  [['--verbose', '-v', '--'], '--verbose -v --'],
  [['--feature-x=true'], '--feature-x=true'],
  [['--password=hunter2'], '--password=[hidden]'],
  [['--db-password', 'hunter2'], '--db-password [hidden]'],
  [['--pw', 'hunter2', 'hunter2'], '--pw [hidden] [hidden]'],
  [['-phunter2'], '[hidden]'],
  [['-p', 'hunter2'], '-p [hidden]'],
  [['-u', 'ann:hunter2'], '-u [hidden]'],
  [['API_KEY=hunter2'], '[hidden]'],
  [['postgres://u:hunter2@db/x'], '[hidden]'],
  [['--url=https://h/?token=hunter2'], '--url=[hidden]'],
  [['{"password":"hunter2"}'], '[hidden]'],
  [['-H', 'Authorization: Bearer hunter2'], '-H [hidden]'],
  [['--hunter2:x'], '[hidden]'],
  [['--password hunter2'], '[hidden]'],
  [['--password\nhunter2'], '[hidden]'],
])('%j: %s', (args, expected) => {
  expect(shown([], '/app.js', ...args)).toBe(`node /app.js ${expected}`)
})

test("the values of Node's own flags are hidden too", () => {
  const flags = ['--max-old-space-size=400', '--tls-keylog=/x', '-r', './hook.js']
  expect(shown(flags, '/app.js')).toBe(
    'node --max-old-space-size=[hidden] --tls-keylog=[hidden] -r [hidden] /app.js',
  )
})

test.each(['-e', '--eval', '-p', '--print'])('with %s there is no script to show', (flag) => {
  expect(shown([flag, 'hunter2()'], 'hunter2', 'hunter2')).toBe(
    `node ${flag} [hidden] [hidden] [hidden]`,
  )
})

test('no value of an argument is shown, whatever it is', () => {
  const secret = 'hUnTeR2'
  fc.assert(
    fc.property(
      fc.array(
        fc
          .tuple(
            fc.constantFrom('--x=', '-x', '-x=', '', 'x=', '--x:', '/x:', '--x ', '+'),
            fc.string(),
          )
          .map(([before, after]) => `${before}${secret}${after}`),
      ),
      (args) => {
        expect(shown([], '/app.js', ...args)).not.toContain(secret)
      },
    ),
  )
})
