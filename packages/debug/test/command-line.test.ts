import { expect, test } from '@jest/globals'
import { commandLine } from '../src/console/command-line.ts'

test.each([
  [['node', 'app.js', '--port', '80'], 'node app.js --port 80'],
  [['node', '--password=hunter2'], 'node --password=[redacted]'],
  [['node', '--db-password', 'hunter2', 'x'], 'node --db-password [redacted] x'],
  [['node', '--token', '--verbose', 'x'], 'node --token --verbose x'],
  [
    ['node', '--oauth', 'hunter2', '--private=hunter2'],
    'node --oauth [redacted] --private=[redacted]',
  ],
  [['node', '--signing-key=hunter2'], 'node --signing-key=[redacted]'],
  [['node', 'API_KEY=hunter2'], 'node API_KEY=[redacted]'],
  [['node', '--url=postgres://u:hunter2@db/x'], 'node --url=postgres://[redacted]@db/x'],
  [['node', 'postgres://u:hunter2@db/x'], 'node postgres://[redacted]@db/x'],
])('%j: %s', (program, shown) => {
  expect(commandLine(program).split('\0').join(' ')).toBe(shown)
})

test('an argument is cut', () => {
  expect(commandLine(['x'.repeat(5000)])).toHaveLength(1024)
})
