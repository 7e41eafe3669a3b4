const primes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
  103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
] as const

let groups: readonly ReadonlySet<number>[] | undefined

/** For each prime, the powers of 65537. */
const powers = (): readonly ReadonlySet<number>[] =>
  primes.map((prime) => {
    const group = new Set<number>()
    for (let power = 1; !group.has(power); power = (power * 65_537) % prime) group.add(power)
    return group
  })

/**
 * Whether an RSA modulus has the fingerprint of keys that some chips made, and that can be
 * factored (ROCA, CVE-2017-15361): modulo small primes it is always a power of 65537. Another key
 * has it once in 2^27 at most.
 */
export function isRoca(modulus: Uint8Array): boolean {
  groups ??= powers()
  const n = BigInt(`0x${Buffer.from(modulus).toString('hex') || '0'}`)
  return groups.every((group, index) => group.has(Number(n % BigInt(primes[index] ?? 1))))
}
