/** The result of a function; undefined where it throws. */
export function attempt<T>(fn: () => T): T | undefined {
  try {
    return fn()
  } catch {
    return undefined
  }
}

/** A function of the user's that returns undefined instead of throwing. */
export function guarded<A, R>(fn: (argument: A) => R): (argument: A) => R | undefined {
  return (argument) => {
    try {
      return fn(argument)
    } catch {
      return undefined
    }
  }
}
