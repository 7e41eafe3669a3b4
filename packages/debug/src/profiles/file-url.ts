import { fileURLToPath } from 'node:url'

/** The path of a `file:` URL; anything else is returned unchanged. */
export function pathOfUrl(url: string): string {
  if (!url.startsWith('file:')) return url
  try {
    return fileURLToPath(url)
  } catch {
    return url
  }
}
