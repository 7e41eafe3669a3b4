import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const inOrder = fileURLToPath(new URL('in-order.js', import.meta.url))

/** Jest in one workspace of a copy. */
export class Jest {
  constructor(copy, workspace) {
    this.folder = join(copy, workspace)
    this.base = [
      join(copy, 'node_modules/jest/bin/jest.js'),
      '-c',
      relative(this.folder, join(copy, 'jest.config.js')),
      ...['--rootDir', '.', '--cacheDirectory', join(copy, '.jest'), '--watchman=false'],
    ]
  }

  async tests() {
    const { output } = await this.start(['--listTests'])
    return output.split('\n').filter((line) => line.endsWith('.test.ts'))
  }

  /** Resolves with whether they pass; what takes longer than `limitMs` does not. */
  async passes(tests, { limitMs, args = [] }) {
    const order = { CLEW_TEST_ORDER: JSON.stringify(tests) }
    const all = ['--bail', '--silent', '--testSequencer', inOrder, ...args]
    const { code } = await this.start([...all, '--runTestsByPath', ...tests], order, limitMs)
    return code === 0
  }

  async start(args, env = {}, limitMs = 600_000) {
    const { CLEW_TEST_RESULTS: _, ...inherited } = process.env
    const child = spawn(process.execPath, [...this.base, ...args], {
      cwd: this.folder,
      env: {
        ...inherited,
        NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
      // A group of its own, so that its workers and their children end with it.
      detached: true,
    })
    const timer = setTimeout(end, limitMs)
    process.once('exit', end)
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    const [code] = await once(child, 'close')
    clearTimeout(timer)
    process.off('exit', end)
    end()
    return { code, output }

    function end() {
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // All of them have ended already.
      }
    }
  }
}
