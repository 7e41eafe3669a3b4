/**
 * What a function of the user has returned, which must not be a promise: nobody can wait for it
 * while a request goes on, and its rejection would end the process.
 * @throws TypeError for a promise
 */
export function settled<T>(result: T): T {
  const promise = result as { readonly then?: unknown } | null | undefined
  if (typeof promise !== 'object' || promise === null || typeof promise.then !== 'function') {
    return result
  }
  promise.then(undefined, () => {})
  throw new TypeError('it must not return a promise')
}
