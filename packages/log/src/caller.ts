// The name of a function is followed by the position in parentheses; `node:` is not a file.
const frame = /(?:\(|^\s*at (?:async )?)((?:file:\/\/|[A-Za-z]:[\\/]|\/).*?):(\d+):\d+\)?$/

type Entrance = (...args: never[]) => unknown

interface KnownEntrance {
  readonly entrance: Entrance
  /** How many of our frames are between it and the caller. */
  readonly below: number
}

/**
 * The functions by which outside code enters, outermost first: modules that use others are loaded
 * after them.
 */
const entrances: KnownEntrance[] = []

/**
 * Registers functions that outside code calls, or functions that those have in common, `below`
 * frames further in.
 */
export function addEntrances(functions: readonly Entrance[], below = 0): void {
  entrances.unshift(...functions.map((entrance) => ({ entrance, below })))
}

/** The first frame of a stack whose file is not in `folder`: `orders/create.ts:12`. */
function positionIn(
  stack: string | undefined,
  folder: string | undefined,
  skip = 0,
): string | undefined {
  for (const row of stack?.split('\n').slice(1 + skip) ?? []) {
    const [, file, line] = frame.exec(row) ?? []
    if (file === undefined || (folder !== undefined && file.startsWith(folder))) continue
    return `${pathOf(file).split(/[\\/]/).slice(-2).join('/')}:${line}`
  }
  return undefined
}

/** ESM has URLs in its stacks: without the encoding and the query, as CommonJS shows the same file. */
function pathOf(file: string): string {
  if (!file.startsWith('file://')) return file
  const [path = file] = file.split('?')
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

// Where this package is, read from a stack: there is no other way that works in both formats.
const here = frame.exec(new Error('here').stack?.split('\n')[1] ?? '')?.[1]
// Chunks that several entries share are in a folder below.
const ownFolder = here?.replace(/(?:[\\/]chunks)?([\\/])[^\\/]*$/, '$1')
// Otherwise the package is part of a bundle, whose folder is the application's.
const isUnbundled = /[\\/]log[\\/](?:src|dist[\\/](?:esm|cjs))[\\/]$/.test(ownFolder ?? '')

/**
 * Where the code is that logs: the last folder, the file and the line. Takes a few microseconds, in
 * a bundle some more.
 */
export function callerOf(): string | undefined {
  return isUnbundled ? positionIn(new Error('caller').stack, ownFolder) : behindEntrance()
}

function behindEntrance(): string | undefined {
  const holder: { stack?: string } = {}
  for (const { entrance, below } of entrances) {
    // Leaves out the entrance and everything it called; without the entrance on it, the whole
    // stack.
    Error.captureStackTrace(holder, entrance)
    const position = positionIn(holder.stack, undefined, below)
    if (position !== undefined) return position
  }
  return undefined
}
