import { dirname } from 'node:path'

const frame = /\(?((?:file:\/\/|[A-Za-z]:[\\/]|\/)[^()]*?):(\d+):\d+\)?$/

/** Where the file is; the chunks that entries of one format share are beside them. */
function folderOf(file: string): string {
  return dirname(file).replace(/[\\/]chunks$/, '')
}

/** The first frame of a stack whose file is not one of `folder`: `orders/create.ts:12`. */
function place(stack: string | undefined, folder: string | undefined): string | undefined {
  for (const row of stack?.split('\n').slice(1) ?? []) {
    const [, file, line] = frame.exec(row) ?? []
    if (file === undefined || (folder !== undefined && folderOf(file) === folder)) continue
    return `${file.split(/[\\/]/).slice(-2).join('/')}:${line}`
  }
  return undefined
}

// Where this package is, asked of a stack: the two formats have no other way in common.
const here = frame.exec(new Error('here').stack?.split('\n')[1] ?? '')?.[1]
const ownFolder = here === undefined ? undefined : folderOf(here)

/** Where the code is that logs: the last folder, the file and the line. A few microseconds. */
export function callerOf(): string | undefined {
  return place(new Error('caller').stack, ownFolder)
}
