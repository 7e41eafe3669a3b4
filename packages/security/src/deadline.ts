/** What the task gives, or a rejection as soon as the signal aborts: a task need not heed it. */
export function deadline<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error('timed out'))
    signal.addEventListener('abort', late, { once: true })
    task()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', late))
  })
}
