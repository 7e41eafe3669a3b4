/**
 * Whether foreign code has returned a promise, where its value is needed now. What becomes of the
 * promise is ignored from then on: an unhandled rejection would end the process.
 */
export function isPromise(value: unknown): boolean {
  const { then } = (value ?? {}) as { readonly then?: unknown }
  if (typeof then !== 'function') return false
  Promise.resolve(value).then(undefined, () => {})
  return true
}
