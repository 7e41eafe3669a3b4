import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A child process, watched: what it printed, and how it ended. */
export interface Child {
  readonly pid: number
  readonly stdout: string
  readonly stderr: string
  /** How it ended. Resolves when its output has been read to the end. */
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** Resolves with the match as soon as stdout (or stderr) so far matches. Rejects when the child ends or time is up. */
  until(
    pattern: RegExp,
    options?: { stream?: 'stdout' | 'stderr'; timeoutMs?: number },
  ): Promise<RegExpExecArray>
  kill(signal?: NodeJS.Signals): void
  /** Copies what it prints from now on. */
  pipe(to: NodeJS.WritableStream): void
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Flags for node, before the file. */
  readonly execArgv?: readonly string[]
  /** The node binary. Default: the running one. */
  readonly node?: string
}

/** Starts `node file ...args`. Use `nodeEval` for a program given as text. */
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

/** Starts an ES module given as text; bare imports resolve from `cwd`. */
export function nodeEval(
  source: string,
  options: ChildOptions & { readonly commonjs?: boolean } = {},
): Child {
  const type = options.commonjs ? 'commonjs' : 'module'
  const args = [...(options.execArgv ?? []), `--input-type=${type}`, '-e', source]
  return start(options.node ?? process.execPath, args, options)
}

/** Starts a program from PATH. */
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
        const said = () => `\n--- stdout\n${output.stdout}\n--- stderr\n${output.stderr}`
        const done = (settle: () => void) => {
          clearTimeout(timer)
          child[stream].off('data', look)
          child.off('close', closed)
          settle()
        }
        const look = () => {
          const match = pattern.exec(output[stream])
          if (match) done(() => resolve(match))
        }
        const closed = () => done(() => reject(new Error(`ended before ${pattern}${said()}`)))
        const timer = setTimeout(
          () => done(() => reject(new Error(`no ${pattern} in ${timeoutMs} ms${said()}`))),
          timeoutMs,
        )
        child[stream].on('data', look)
        child.on('close', closed)
        look()
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
