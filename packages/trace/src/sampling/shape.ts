import { isWord } from '@clew/internal/requests/express-mount'

const maxSegments = 8

/**
 * A path without what looks like identifiers: `/orders/42` becomes `/orders/*`. The sampler groups
 * requests by it while the route is not known; it is never written to a span.
 */
export function shapeOf(path: string): string {
  const segments = path.slice(0, 1024).split('/', maxSegments + 2)
  const shapes = segments.slice(0, maxSegments + 1).map((part) => (isWord(part) ? part : '*'))
  return segments.length > shapes.length ? `${shapes.join('/')}/…` : shapes.join('/')
}
