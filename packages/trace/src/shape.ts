import { isWord } from './express-mount.ts'

const MAX_SEGMENTS = 8

/**
 * A path with what looks like an identifier in it replaced: `/orders/42` becomes `/orders/*`. It stands in for the route where only
 * the path is known, to group requests in the sampler; it is never written to a span.
 */
export function shapeOf(path: string): string {
  const segments = path.slice(0, 1024).split('/', MAX_SEGMENTS + 2)
  const shapes = segments.slice(0, MAX_SEGMENTS + 1).map((part) => (isWord(part) ? part : '*'))
  return segments.length > shapes.length ? `${shapes.join('/')}/…` : shapes.join('/')
}
