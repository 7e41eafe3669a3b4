/** Some of a list, the same ones for the same seed, in the order of the list. */
export function sample(list, size, seed) {
  const random = randomOf(seed)
  const chosen = list
    .map((item, index) => ({ item, index, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, size)
  return chosen.sort((a, b) => a.index - b.index).map(({ item }) => item)
}

// Mulberry32: small, and the same on every machine.
function randomOf(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
