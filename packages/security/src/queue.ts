/** Runs at most `concurrency` tasks at once; `maxWaiting` more may wait, the next one is turned away. */
export interface TaskQueue {
  /** Undefined: no room. */
  run<T>(task: () => Promise<T>): Promise<T> | undefined
}

export function taskQueue(concurrency: number, maxWaiting: number): TaskQueue {
  let running = 0
  const waiting: (() => void)[] = []
  return {
    run(task) {
      if (running >= concurrency && waiting.length >= maxWaiting) return undefined
      const turn =
        running < concurrency
          ? Promise.resolve()
          : new Promise<void>((resolve) => {
              waiting.push(resolve)
            })
      // Who waits takes over the place of the one that ends, so the number stays.
      if (running < concurrency) running++
      return turn.then(task).finally(() => {
        const next = waiting.shift()
        if (next) next()
        else running--
      })
    },
  }
}
