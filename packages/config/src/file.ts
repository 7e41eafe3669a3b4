type FileSystem = typeof import('node:fs')

/**
 * The file system, when it is needed. An `import` of node:fs in an ES module runs all its getters, which loads streams and
 * costs more than everything else here.
 */
export function fileSystem(): FileSystem {
  return process.getBuiltinModule('node:fs')
}

/** The text of a file, or why there is none. */
export type FileText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly why: string; readonly code: string | undefined }

/** Reads a small regular file. Never waits: a FIFO, a device or a directory is refused, and `maxBytes` is the most it reads. */
export function readText(path: string, maxBytes: number): FileText {
  const { closeSync, fstatSync, openSync, readSync } = fileSystem()
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, openFlags())
    // As bigint: Node keeps the numbers of a plain stat, and realpathSync could take those of a FIFO for another file's.
    const stat = fstatSync(descriptor, { bigint: true })
    if (!stat.isFile()) return noFile(stat)
    const content = contentOf(stat, maxBytes)
    let read: number
    do {
      const { buffer, length } = content
      read = readSync(descriptor, buffer, length, buffer.length - length, null)
    } while (goesOn(content, read))
    return textOf(content)
  } catch (error) {
    return failure(error)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** As {@link readText}, but a slow file system does not hold up the process. Never rejects. */
export async function readTextLater(path: string, maxBytes: number): Promise<FileText> {
  try {
    const handle = await fileSystem().promises.open(path, openFlags())
    try {
      const stat = await handle.stat({ bigint: true })
      if (!stat.isFile()) return noFile(stat)
      const content = contentOf(stat, maxBytes)
      let read: number
      do {
        const { buffer, length } = content
        read = (await handle.read(buffer, length, buffer.length - length, null)).bytesRead
      } while (goesOn(content, read))
      return textOf(content)
    } finally {
      await handle.close()
    }
  } catch (error) {
    return failure(error)
  }
}

/** Without O_NONBLOCK, opening a FIFO waits for its writer for ever. Windows has neither. */
function openFlags(): number {
  const { constants } = fileSystem()
  return constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
}

type Stat = import('node:fs').BigIntStats

function noFile(stat: Stat): FileText {
  return stat.isDirectory()
    ? failed('is a directory', 'EISDIR')
    : failed('is no regular file', undefined)
}

/** What has been read of a file so far. */
interface Content {
  buffer: Buffer
  length: number
  readonly maxBytes: number
}

/** Files below /proc say that they have 0 bytes, so the size is a first guess only. */
function contentOf({ size }: Stat, maxBytes: number): Content {
  const buffer = Buffer.alloc(Math.min(maxBytes + 1, Math.max(Number(size) + 1, 4096)))
  return { buffer, length: 0, maxBytes }
}

/** Counts what has been read. `true`: there may be more, and there is room for it. */
function goesOn(content: Content, read: number): boolean {
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
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  EISDIR: 'is a directory',
  ELOOP: 'is a symbolic link to itself',
  ENAMETOOLONG: 'has too long a name',
  ENXIO: 'is no regular file',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8',
  ERR_INVALID_ARG_VALUE: 'has no valid name',
}

function failure(error: unknown): FileText {
  const { code } = error as NodeJS.ErrnoException
  return failed(reasons[code ?? ''] ?? `cannot be read (${code})`, code)
}

function failed(why: string, code: string | undefined): FileText {
  return { ok: false, why, code }
}

/** Secret files usually end with one end of line that is not part of the secret. */
export function withoutEndOfLine(text: string): string {
  return text.endsWith('\r\n') ? text.slice(0, -2) : text.endsWith('\n') ? text.slice(0, -1) : text
}
