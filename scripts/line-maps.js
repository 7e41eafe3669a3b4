import { decode, encode } from '@jridgewell/sourcemap-codec'

/**
 * Keeps, of the positions in a source map, the first one of each line and each one at which the line of the source changes.
 * A position in a stack trace still leads to its file and line; to a tenth of the size.
 */
export function linesOnly(mappings) {
  const lines = decode(mappings).map((segments) => {
    let before
    return segments
      .filter((segment) => {
        const here = segment.length > 1 ? `${segment[1]}:${segment[2]}` : ''
        const changes = here !== before
        before = here
        return changes
      })
      .map((segment) => segment.slice(0, 4))
  })
  return encode(lines)
}

/** A plugin of rollup, for an output. Maps are files of their own by then. */
export const lineMaps = {
  name: 'line-maps',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'asset' || !file.fileName.endsWith('.map')) continue
      const map = JSON.parse(file.source)
      file.source = JSON.stringify({ ...map, names: [], mappings: linesOnly(map.mappings) })
    }
  },
}
