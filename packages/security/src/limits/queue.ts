/** Runs at most `concurrency` tasks at once; at most `maxWaiting` more wait. */
export interface TaskQueue {
  /** Undefined if there is no room. */
  run<T>(task: () => Promise<T>): Promise<T> | undefined
}

export function createTaskQueue(concurrency: number, maxWaiting: number): TaskQueue {
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
      // A waiting task takes over the place of the one that ends, so the number stays the same.
      if (running < concurrency) running++
      return turn.then(task).finally(() => {
        const next = waiting.shift()
        if (next) next()
        else running--
      })
    },
  }
}
