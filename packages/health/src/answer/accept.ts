// How many media ranges are read; the rest of a longer header is ignored.
const maxRanges = 20

interface Range {
  readonly type: string
  readonly quality: number
}

/**
 * The media type that the client prefers, of those offered, by RFC 9110 §12.5.1. The first one if
 * the header is missing, malformed, or accepts none: an answer in another format helps a probe more
 * than a 406.
 */
export function preferredType<T extends string>(
  accept: string | undefined,
  offers: readonly [T, ...T[]],
): T {
  const ranges = rangesOf(accept ?? '*/*')
  let best: T = offers[0]
  let bestRank = 0
  for (const offer of offers) {
    const rank = rankOf(offer, ranges)
    if (rank > bestRank) {
      best = offer
      bestRank = rank
    }
  }
  return best
}

function rangesOf(accept: string): Range[] {
  return accept
    .split(',', maxRanges)
    .map((part) => {
      const [type = '', ...parameters] = part.split(';').map((one) => one.trim().toLowerCase())
      const weight = parameters.find((one) => one.startsWith('q='))?.slice(2)
      const valid = weight === undefined || /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight)
      return { type, quality: valid ? Number(weight ?? 1) : 0 }
    })
    .filter(({ type }) => type.includes('/'))
}

// By quality; among equals, a type that was named wins over one that a wildcard covers.
function rankOf(offer: string, ranges: readonly Range[]): number {
  const [major] = offer.split('/')
  for (const [specificity, type] of [offer, `${major}/*`, '*/*'].entries()) {
    const range = ranges.find((one) => one.type === type)
    if (range) return range.quality && range.quality * 10_000 + 2 - specificity
  }
  return 0
}
