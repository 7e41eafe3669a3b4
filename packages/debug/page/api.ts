/** Where the console is mounted, without a slash at the end. */
export const base = location.pathname.replace(/\/$/, '')

/** Asks the console; rejects with the reason that it gives. */
export async function ask<T>(path: string, method = 'GET', body?: unknown): Promise<T> {
  const answer = await fetch(`${base}/${path}`, {
    method,
    headers: {
      Accept: 'application/json',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const value = (await answer.json().catch(() => ({}))) as T & { readonly error?: string }
  if (!answer.ok) throw new Error(value.error ?? `the answer is ${answer.status}`)
  return value
}
