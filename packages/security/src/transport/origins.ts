import type { Check } from '../options.ts'

/** Reads the option `trustedOrigins`. */
export function originsOption(check: Check, origins: readonly string[]): ReadonlySet<string> {
  for (const [index, origin] of check.strings('trustedOrigins', origins).entries()) {
    if (originOf(origin) !== origin) {
      const expected = 'an origin as browsers send it, such as https://app.example'
      throw check.error(`trustedOrigins[${index}]`, expected, origin)
    }
  }
  return new Set(origins)
}

function originOf(text: string): string | undefined {
  try {
    const { origin } = new URL(text)
    // What has no origin of its own: `null` would stand for every sandbox.
    return origin === 'null' ? undefined : origin
  } catch {
    return undefined
  }
}
