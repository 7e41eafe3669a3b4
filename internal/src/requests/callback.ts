/** Whether a value can be awaited: a promise, or what stands for one, such as a query builder. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { readonly then?: unknown }).then === 'function'
  )
}

/**
 * What a function of the user has returned, which must not be a promise: nobody can wait for it
 * while a request goes on, and its rejection would end the process.
 * @throws TypeError for a promise
 */
export function settled<T>(result: T): T {
  if (!isThenable(result)) return result
  result.then(undefined, () => {})
  throw new TypeError('it must not return a promise')
}
