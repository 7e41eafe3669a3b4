import { fileURLToPath } from 'node:url'

const maxLength = 1024

/**
 * The path of a `file:` URL. Of a `data:` URL only the media type is shown: the rest is the source
 * of a module, which may contain anything. Of other URLs the query is not shown.
 */
export function pathOfUrl(url: string): string {
  if (url.startsWith('file:')) {
    try {
      return fileURLToPath(url)
    } catch {
      return url
    }
  }
  if (/^data:/i.test(url)) return /^data:[\w.+/-]{0,64}/i.exec(url)?.[0] ?? 'data:'
  const path = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? (url.split(/[?#]/, 1)[0] as string) : url
  return path.slice(0, maxLength)
}
