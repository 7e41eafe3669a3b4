import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { brokenPipe, fill, openPipe } from '../pipes.ts'

const folder = fileURLToPath(new URL('../..', import.meta.url))
const program = `
  import * as config from '@clew/config'
  config.loadOrExit({ apiKey: config.string() }, { env: {}, envFile: false })`
const report = `The configuration has a problem:

  API_KEY is not set
    expected: a string
`

/** As of a log driver that hangs. */
function fullPipe() {
  const pipe = openPipe()
  fill(pipe.path)
  return pipe
}

/** Everything that is in a pipe now, without what filled it. */
function drain(reader: number): string {
  const buffer = Buffer.alloc(1 << 20)
  let text = ''
  try {
    for (let read = 1; read > 0; ) {
      read = readSync(reader, buffer)
      text += buffer.toString('utf8', 0, read)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
  }
  return text.replace(/^\.+/, '')
}

function startWith(writer: number, source: string) {
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', writer],
    timeout: 20_000,
  })
  closeSync(writer)
  return child
}

describe('the report of loadOrExit', () => {
  test('waits for a reader that is late', async () => {
    const { reader, writer } = fullPipe()
    const telling = `
      import fs from 'node:fs'
      const { writeSync } = fs
      fs.writeSync = (...args) => {
        try {
          return writeSync(...args)
        } catch (error) {
          writeSync(1, error.code)
          throw error
        }
      }`
    const child = startWith(writer, telling + program)
    const exit = once(child, 'exit')
    await Promise.race([once(child.stdout!, 'data'), exit])
    let text = drain(reader)
    expect(await exit).toEqual([78, null])
    text += drain(reader)
    expect(text).toBe(report)
    closeSync(reader)
  })

  test('does not wait for ever', async () => {
    const { reader, writer } = fullPipe()
    expect(await once(startWith(writer, program), 'exit')).toEqual([78, null])
    expect(drain(reader)).toBe('')
    closeSync(reader)
  })

  test.each<[string, () => number]>([
    ['a reader that is gone', brokenPipe],
    ['a full disk', () => openSync('/dev/full', 'w')],
  ])('does not mind %s', async (_, target) => {
    expect(await once(startWith(target(), program), 'exit')).toEqual([78, null])
  })
})

test('--help of any length is written whole', () => {
  const long = `
    import * as config from '@clew/config'
    const names = Array.from({ length: 3000 }, (_, index) => 'variable' + index)
    const spec = Object.fromEntries(
      names.map((name) => [name, config.string().describe('word '.repeat(100))]),
    )
    config.loadOrExit(spec, { args: ['--help'], env: {}, envFile: false })`
  // Through a pipe of the shell: Node gives its children sockets, which hold more.
  const printed = execFileSync(
    'sh',
    ['-c', '"$0" --input-type=module -e "$1" | cat', process.execPath, long],
    { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 24 },
  )
  expect(printed).toContain('--variable2999 ')
  expect(printed.length).toBeGreaterThan(1 << 20)
})
