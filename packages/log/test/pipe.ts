import { execFileSync, spawn } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'

let made = 0

/** The path of a new named pipe. */
export function namedPipe(folder: string): string {
  const path = join(folder, `pipe-${made++}`)
  execFileSync('mkfifo', [path])
  return path
}

/** Reads nothing. */
export const readingEnd = (path: string): number =>
  openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)

/** Reads from now on. */
export const reading = (path: string): Socket => ofFd(readingEnd(path))

const ofFd = (fd: number) => new Socket({ fd, readable: true, writable: false })

/** Resolves with everything that comes. */
export async function textOf(reader: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of reader.setEncoding('utf8')) text += chunk
  return text
}

export const parsed = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** The sum of what the stream itself says is missing. */
export const missingOf = (rows: readonly Record<string, unknown>[]): number =>
  rows
    .filter((row) => row['msg'] === 'log lines dropped')
    .reduce((sum, row) => sum + Number(row['dropped']), 0)

export interface Piped {
  /** Reads its pipe from now on, to the end. */
  text(): Promise<string>
  /** What it has written to stderr so far, if stderr is not one of its pipes. */
  readonly stderr: () => string
  /** Resolves when it has sent this message. */
  said(word: string): Promise<void>
  send(word: string): void
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>
}

/**
 * Runs a program whose descriptors `fds` are one pipe: a real one, as of a shell, where Node would
 * make a socket. It blocks, as that does. Its path is in `PIPE`.
 */
export function startPiped(
  folder: string,
  cwd: string,
  program: readonly string[],
  fds: readonly number[] = [1],
): Piped {
  const path = namedPipe(folder)
  const fd = readingEnd(path)
  const end = openSync(path, constants.O_WRONLY)
  const { NODE_OPTIONS: _, ...env } = process.env
  const stdio: ('ignore' | 'inherit' | 'pipe' | 'ipc' | number)[] = [
    'ignore',
    'inherit',
    'pipe',
    'ipc',
  ]
  for (const each of fds) stdio[each] = end
  const child = spawn(process.execPath, program, { cwd, env: { ...env, PIPE: path }, stdio })
  closeSync(end)
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const words = new Set<string>()
  let look = () => {}
  child.on('message', (word) => {
    words.add(String(word))
    look()
  })
  return {
    text: () => textOf(ofFd(fd)),
    stderr: () => errors,
    said: (word) =>
      new Promise((resolve) => {
        look = () => words.has(word) && resolve()
        look()
      }),
    send: (word) => void child.send(word),
    exit: new Promise((resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal }))
    }),
  }
}

export const evaluated = (program: string): string[] => ['--input-type=module', '-e', program]
