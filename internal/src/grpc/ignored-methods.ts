import type { OptionCheck } from '../options/check.ts'
import { copiedPatterns } from '../options/patterns.ts'

/** The standard health service. */
const ignoredByDefault: readonly (string | RegExp)[] = [/^grpc\.health\.v1\.Health\//]

/** Checks the option `ignore` of an interceptor, and returns whether a method is ignored. */
export function ignoredMethods(
  check: OptionCheck<string>,
  ignore: readonly (string | RegExp)[] = ignoredByDefault,
): (method: string) => boolean {
  const entries = copiedPatterns(check, 'an array', ignore)
  return (method) =>
    entries.some((entry) => (typeof entry === 'string' ? entry === method : entry.test(method)))
}
