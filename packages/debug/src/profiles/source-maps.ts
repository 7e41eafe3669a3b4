import { readFileSync, statSync } from 'node:fs'
import { findSourceMap, SourceMap } from 'node:module'
import { setImmediate } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { pathOfUrl } from './file-url.ts'

/** A position in the original source; the line counts from 1. */
export interface Original {
  readonly file: string
  readonly line: number
  readonly name?: string
}

export interface SourceMaps {
  has(url: string): boolean
  /** The source of the function that begins there; line and column count from 0. */
  functionAt(url: string, line: number, column: number): Original | undefined
  /** The source of a line, counted from 0. */
  lineAt(url: string, line: number): Original | undefined
}

const maxMapBytes = 16 << 20
const maxFileBytes = 32 << 20
const maxCachedBytes = 64 << 20
const endOfLine = 1 << 30

/**
 * Reads the source maps of the files in a profile. A map that cannot be read is skipped: the
 * profile shows the generated file instead. Dependencies are skipped too, since the sources that
 * their maps name are seldom installed.
 */
export async function createSourceMaps(urls: Iterable<string>): Promise<SourceMaps> {
  const maps = new Map<string, SourceMap>()
  for (const url of urls) {
    if (/[\\/]node_modules[\\/]/.test(url)) continue
    const known = cache.has(url)
    const map = loadedMap(url) ?? cachedMapOf(url)
    if (map) maps.set(url, map)
    // Files are read without libuv's thread pool, which may be full just now: one at a time.
    if (!known) await setImmediate()
  }
  return {
    has: (url) => maps.has(url),
    functionAt(url, line, column) {
      const entry = entryAt(maps.get(url), line, column)
      if (!entry) return undefined
      // V8's column is where the parameters begin; the name of the function is in front of it.
      const name = entryAt(maps.get(url), line, column - 1)?.name
      return { ...originalOf(entry), ...(name && { name }) }
    },
    lineAt(url, line) {
      const entry = entryAt(maps.get(url), line, endOfLine)
      return entry && originalOf(entry)
    },
  }
}

interface Entry {
  readonly generatedLine: number
  readonly generatedColumn: number
  readonly originalSource: string
  readonly originalLine: number
  readonly name?: string
}

function entryAt(map: SourceMap | undefined, line: number, column: number): Entry | undefined {
  const entry = map?.findEntry(line, column) as Partial<Entry> | undefined
  if (entry?.originalSource === undefined || entry.originalLine === undefined) return undefined
  return entry.generatedLine === line ? (entry as Entry) : undefined
}

function originalOf({ originalSource, originalLine }: Entry): Original {
  return { file: pathOfUrl(originalSource), line: originalLine + 1 }
}

interface Cached {
  readonly map: SourceMap | undefined
  readonly bytes: number
}

const none: Cached = { map: undefined, bytes: 256 }
const cache = new Map<string, Cached>()
let cachedBytes = 0

/**
 * The map that Node itself uses: with `--enable-source-maps`, or from a loader such as tsx, whose
 * maps are in no file.
 */
function loadedMap(url: string): SourceMap | undefined {
  try {
    const map = findSourceMap(url) ?? (url.startsWith('file:') && findSourceMap(pathOfUrl(url)))
    return map || undefined
  } catch {
    return undefined
  }
}

/** Maps are cached and never read again: the running code is the file as it was first read. */
function cachedMapOf(url: string): SourceMap | undefined {
  const known = cache.get(url)
  if (known) return known.map
  const read = readMap(url) ?? none
  cache.set(url, read)
  cachedBytes += read.bytes
  for (const [oldest, { bytes }] of cache) {
    if (cachedBytes <= maxCachedBytes) break
    cache.delete(oldest)
    cachedBytes -= bytes
  }
  return read.map
}

function readMap(url: string): Cached | undefined {
  try {
    return parsedMap(url)
  } catch {
    return undefined
  }
}

function parsedMap(url: string): Cached | undefined {
  const location = url.startsWith('file:') ? new URL(url) : pathToFileURL(url)
  const comment = commentOf(readBounded(location, maxFileBytes) ?? '')
  if (comment === undefined) return undefined
  const inline = /^data:application\/json[^,]*?(;base64)?,(.*)$/s.exec(comment)
  const base = inline ? location : new URL(comment, location)
  if (base.protocol !== 'file:') return undefined
  const text = inline
    ? decoded(inline[2] ?? '', inline[1] !== undefined)
    : readBounded(base, maxMapBytes)
  if (text === undefined || text.length > maxMapBytes) return undefined
  const payload = JSON.parse(text) as {
    version: number
    sources: (string | null)[]
    sourceRoot?: string
    sourcesContent?: unknown
    sections?: unknown
  }
  if (payload.version !== 3 || payload.sections !== undefined) return undefined
  const root = payload.sourceRoot ? `${payload.sourceRoot.replace(/\/$/, '')}/` : ''
  payload.sources = payload.sources.map((source) => absolute(`${root}${source ?? ''}`, base))
  // Node keeps the whole payload in memory, so the text of the sources is removed.
  const { sourceRoot: _, sourcesContent: __, ...rest } = payload
  const map = new SourceMap(rest as unknown as ConstructorParameters<typeof SourceMap>[0])
  return { map, bytes: text.length }
}

function readBounded(file: URL, maxBytes: number): string | undefined {
  const stats = statSync(file)
  return stats.isFile() && stats.size <= maxBytes ? readFileSync(file, 'utf8') : undefined
}

/** The last comment in the file counts: a bundle may contain others inside strings. */
function commentOf(source: string): string | undefined {
  const at = source.lastIndexOf('//# sourceMappingURL=')
  if (at < 0) return undefined
  return /^\S+/.exec(source.slice(at + '//# sourceMappingURL='.length))?.[0]
}

const decoded = (data: string, base64: boolean) =>
  base64 ? Buffer.from(data, 'base64').toString('utf8') : decodeURIComponent(data)

function absolute(source: string, base: URL): string {
  try {
    return new URL(source, base).href
  } catch {
    return source
  }
}
