import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A child process with its captured output. */
export interface Child {
  readonly pid: number
  readonly stdout: string
  readonly stderr: string
  /** Resolves with how it ended, once all of its output has been read. */
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /**
   * Resolves with the match once the output so far matches. Rejects if the child ends first or the
   * timeout expires.
   */
  until(
    pattern: RegExp,
    options?: { stream?: 'stdout' | 'stderr'; timeoutMs?: number },
  ): Promise<RegExpExecArray>
  kill(signal?: NodeJS.Signals): void
  /** Copies further output to `to`. */
  pipe(to: NodeJS.WritableStream): void
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Flags for node. */
  readonly execArgv?: readonly string[]
  /** The node binary. Default: that of this process. */
  readonly node?: string
}

/** Starts `node file ...args`. For a program in a string, use `nodeEval`. */
export function startNode(
  file: string,
  args: readonly string[] = [],
  options: ChildOptions = {},
): Child {
  return start(
    options.node ?? process.execPath,
    [...(options.execArgv ?? []), file, ...args],
    options,
  )
}

/** Runs an ES module given as a string. Bare imports are resolved from `cwd`. */
export function nodeEval(
  source: string,
  options: ChildOptions & { readonly commonjs?: boolean } = {},
): Child {
  const type = options.commonjs ? 'commonjs' : 'module'
  const args = [...(options.execArgv ?? []), `--input-type=${type}`, '-e', source]
  return start(options.node ?? process.execPath, args, options)
}

/** Starts a program found in PATH. */
export function start(command: string, args: readonly string[], options: ChildOptions = {}): Child {
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const child = spawn(command, args, {
    env: { ...inherited, ...options.env },
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text
    })
  }
  const exit = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  return {
    pid: child.pid ?? 0,
    get stdout() {
      return output.stdout
    },
    get stderr() {
      return output.stderr
    },
    exit,
    until(pattern, { stream = 'stdout', timeoutMs = 60_000 } = {}) {
      return new Promise((resolve, reject) => {
        const printOutput = () => `\n--- stdout\n${output.stdout}\n--- stderr\n${output.stderr}`
        const done = (settle: () => void) => {
          clearTimeout(timer)
          child[stream].off('data', check)
          child.off('close', closed)
          settle()
        }
        const check = () => {
          const match = pattern.exec(output[stream])
          if (match) done(() => resolve(match))
        }
        const closed = () =>
          done(() => reject(new Error(`ended before ${pattern}${printOutput()}`)))
        const timer = setTimeout(
          () => done(() => reject(new Error(`no ${pattern} in ${timeoutMs} ms${printOutput()}`))),
          timeoutMs,
        )
        child[stream].on('data', check)
        child.on('close', closed)
        check()
      })
    },
    kill(signal = 'SIGTERM') {
      child.kill(signal)
    },
    pipe(to) {
      for (const stream of ['stdout', 'stderr'] as const)
        child[stream].on('data', (text) => to.write(text))
    },
  }
}
