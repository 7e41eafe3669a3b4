/** Synchronous where nothing has to be waited for: a promise costs more than most decisions. */
export type MaybePromise<T> = T | Promise<T>

/** True for promises of another realm, too. */
export function isPromise<T>(value: T): value is Extract<T, Promise<unknown>> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function'
}

/** `value.then(next)`, without a promise where there is none. */
export function chain<A, B>(
  value: MaybePromise<A>,
  next: (value: A) => MaybePromise<B>,
): MaybePromise<B> {
  return isPromise(value) ? (value as Promise<A>).then(next) : next(value as A)
}
