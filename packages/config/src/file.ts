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
  const { closeSync, constants, fstatSync, openSync } = fileSystem()
  let descriptor: number | undefined
  try {
    // Without O_NONBLOCK, opening a FIFO waits for its writer for ever. Windows has neither.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    // As bigint: Node keeps the numbers of a plain stat, and realpathSync could take those of a FIFO for another file's.
    const stat = fstatSync(descriptor, { bigint: true })
    if (stat.isDirectory()) return failed('is a directory', 'EISDIR')
    if (!stat.isFile()) return failed('is no regular file', undefined)
    const bytes = readUpTo(descriptor, maxBytes + 1, Number(stat.size))
    if (bytes.length > maxBytes) return failed(`has more than ${maxBytes} bytes`, undefined)
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return failed(reasons[code ?? ''] ?? `cannot be read (${code})`, code)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
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

function failed(why: string, code: string | undefined): FileText {
  return { ok: false, why, code }
}

/** Files below /proc say that they have 0 bytes, so the size is a first guess only. */
function readUpTo(descriptor: number, limit: number, size: number): Uint8Array {
  const { readSync } = fileSystem()
  let buffer = Buffer.alloc(Math.min(limit, Math.max(size + 1, 4096)))
  let length = 0
  for (;;) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null)
    length += read
    if (read === 0 || length === limit) return buffer.subarray(0, length)
    if (length === buffer.length) {
      const next = Buffer.alloc(Math.min(limit, length * 2))
      buffer.copy(next)
      buffer = next
    }
  }
}

/** Secret files usually end with one end of line that is not part of the secret. */
export function withoutEndOfLine(text: string): string {
  return text.endsWith('\r\n') ? text.slice(0, -2) : text.endsWith('\n') ? text.slice(0, -1) : text
}
