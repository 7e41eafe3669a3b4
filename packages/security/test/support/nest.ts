type Decorator = (...args: any[]) => unknown

/** What TypeScript's older decorators do, which Nest needs: the last one first. */
export function decorate(
  target: any,
  ofClass: readonly Decorator[],
  ofMethods: Readonly<Record<string, readonly Decorator[]>> = {},
): any {
  for (const [name, decorators] of Object.entries(ofMethods)) {
    for (const each of decorators.toReversed()) {
      const descriptor = Object.getOwnPropertyDescriptor(target.prototype, name)
      const changed = each(target.prototype, name, descriptor) ?? descriptor
      Object.defineProperty(target.prototype, name, changed as PropertyDescriptor)
    }
  }
  for (const each of ofClass.toReversed()) each(target)
  return target
}
