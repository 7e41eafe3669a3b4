// The name of a function is followed by the place in parentheses; `node:` is not a file.
const frame = /(?:\(|^\s*at (?:async )?)((?:file:\/\/|[A-Za-z]:[\\/]|\/).*?):(\d+):\d+\)?$/

type Door = (...args: never[]) => unknown

/** The functions by which code outside comes in, outermost first (modules that use others are loaded behind them), and how many frames of ours are below each. */
const doors: { readonly door: Door; readonly below: number }[] = []

/** Tells of functions that code outside calls, or that those which it calls, `below` frames down, have in common. */
export function addDoors(functions: readonly Door[], below = 0): void {
  doors.unshift(...functions.map((door) => ({ door, below })))
}

/** The first frame of a stack whose file is not in `folder`: `orders/create.ts:12`. */
function place(
  stack: string | undefined,
  folder: string | undefined,
  skip = 0,
): string | undefined {
  for (const row of stack?.split('\n').slice(1 + skip) ?? []) {
    const [, file, line] = frame.exec(row) ?? []
    if (file === undefined || (folder !== undefined && file.startsWith(folder))) continue
    return `${file.split(/[\\/]/).slice(-2).join('/')}:${line}`
  }
  return undefined
}

// Where this package is, asked of a stack: the two formats have no other way in common.
const here = frame.exec(new Error('here').stack?.split('\n')[1] ?? '')?.[1]
// The chunks that entries of one format share are below it.
const ownFolder = here?.replace(/(?:[\\/]chunks)?([\\/])[^\\/]*$/, '$1')
// Elsewhere it is a part of a bundle, whose folder is the application's.
const isApart = /[\\/]log[\\/](?:src|dist[\\/](?:esm|cjs))[\\/]$/.test(ownFolder ?? '')

/** Where the code is that logs: the last folder, the file and the line. A few microseconds, in a bundle some more. */
export function callerOf(): string | undefined {
  return isApart ? place(new Error('caller').stack, ownFolder) : behindDoor()
}

function behindDoor(): string | undefined {
  const holder: { stack?: string } = {}
  for (const { door, below } of doors) {
    // Leaves out the frame of the door and those that it called; where the door is not among them, all.
    Error.captureStackTrace(holder, door)
    const found = place(holder.stack, undefined, below)
    if (found !== undefined) return found
  }
  return undefined
}
