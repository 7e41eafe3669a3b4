import { fileURLToPath } from 'node:url'

/** A path where the URL is a file's; as it is where it is not. */
export function pathOfUrl(url: string): string {
  if (!url.startsWith('file:')) return url
  try {
    return fileURLToPath(url)
  } catch {
    return url
  }
}
