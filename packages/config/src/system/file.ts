type FileSystem = typeof import('node:fs')

/**
 * node:fs, loaded on demand. An `import` of it in an ES module runs all its getters, which loads
 * streams and costs more than everything else here.
 */
export function fileSystem(): FileSystem {
  return process.getBuiltinModule('node:fs')
}

/** The text of a file, or why it cannot be read. */
export type FileText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly why: string; readonly code: string | undefined }

/**
 * Reads a small regular file, at most `maxBytes` of it. Never blocks: FIFOs, devices and
 * directories are refused.
 */
export function readText(path: string, maxBytes: number): FileText {
  const { closeSync, fstatSync, openSync, readSync } = fileSystem()
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, openFlags())
    // bigint: Node reuses the array of a plain stat, and realpathSync could read those of a FIFO
    // from it.
    const stat = fstatSync(descriptor, { bigint: true })
    if (!stat.isFile()) return notAFile(stat)
    const content = contentOf(stat, maxBytes)
    let read: number
    do {
      const { buffer, length } = content
      read = readSync(descriptor, buffer, length, buffer.length - length, null)
    } while (hasMore(content, read))
    return textOf(content)
  } catch (error) {
    return failure(error)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** Like {@link readText}, without blocking the process on a slow file system. Never rejects. */
export async function readTextLater(path: string, maxBytes: number): Promise<FileText> {
  try {
    const handle = await fileSystem().promises.open(path, openFlags())
    try {
      const stat = await handle.stat({ bigint: true })
      if (!stat.isFile()) return notAFile(stat)
      const content = contentOf(stat, maxBytes)
      let read: number
      do {
        const { buffer, length } = content
        read = (await handle.read(buffer, length, buffer.length - length, null)).bytesRead
      } while (hasMore(content, read))
      return textOf(content)
    } finally {
      await handle.close()
    }
  } catch (error) {
    return failure(error)
  }
}

/** Without O_NONBLOCK, opening a FIFO waits forever for a writer. Windows has neither. */
function openFlags(): number {
  const { constants } = fileSystem()
  return constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
}

type Stat = import('node:fs').BigIntStats

function notAFile(stat: Stat): FileText {
  return stat.isDirectory()
    ? failed('is a directory', 'EISDIR')
    : failed('is not a regular file', undefined)
}

/** What has been read of a file so far. */
interface Content {
  buffer: Buffer
  length: number
  readonly maxBytes: number
}

/** The size is only a first guess: files in /proc report 0 bytes. */
function contentOf({ size }: Stat, maxBytes: number): Content {
  const buffer = Buffer.alloc(Math.min(maxBytes + 1, Math.max(Number(size) + 1, 4096)))
  return { buffer, length: 0, maxBytes }
}

/**
 * Counts the bytes that were read. Returns true if there may be more, after making room for them.
 */
function hasMore(content: Content, read: number): boolean {
  content.length += read
  const { buffer, length, maxBytes } = content
  if (read === 0 || length > maxBytes) return false
  if (length === buffer.length) {
    content.buffer = Buffer.alloc(Math.min(maxBytes + 1, length * 2))
    buffer.copy(content.buffer)
  }
  return true
}

function textOf({ buffer, length, maxBytes }: Content): FileText {
  if (length > maxBytes) return failed(`has more than ${maxBytes} bytes`, undefined)
  const text = new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length))
  return { ok: true, text }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'cannot be read: permission denied',
  EPERM: 'cannot be read: permission denied',
  EISDIR: 'is a directory',
  ELOOP: 'is in a loop of symbolic links',
  ENAMETOOLONG: 'has a name that is too long',
  ENXIO: 'is not a regular file',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8',
  ERR_INVALID_ARG_VALUE: 'has an invalid name',
}

function failure(error: unknown): FileText {
  const { code } = error as NodeJS.ErrnoException
  return failed(reasons[code ?? ''] ?? `cannot be read (${code})`, code)
}

function failed(why: string, code: string | undefined): FileText {
  return { ok: false, why, code }
}

/** Secret files usually end with a line break that is not part of the secret. */
export function withoutLineBreak(text: string): string {
  return text.endsWith('\r\n') ? text.slice(0, -2) : text.endsWith('\n') ? text.slice(0, -1) : text
}
