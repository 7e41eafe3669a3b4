/** Runs at most `concurrency` tasks at once; at most `maxWaiting` more wait. */
export interface FairQueue {
  /**
   * The result of the task, or why it was not run: there was no room, or nobody waits for it any
   * more.
   *
   * @param lane - whom the task is for: all lanes take turns
   */
  run<T>(
    task: () => Promise<T>,
    lane: string,
    isGone: () => boolean,
  ): Promise<{ readonly result: T } | 'full' | 'gone'>
}

interface Waiting {
  readonly isGone: () => boolean
  start(): void
  drop(why: 'full' | 'gone'): void
}

/**
 * The lanes take turns, and share the room to wait: when it is full, the longest lane loses its
 * last task to a lane that has fewer. Tasks that nobody waits for give their room away first.
 */
export function createFairQueue(concurrency: number, maxWaiting: number): FairQueue {
  // The lane whose turn is next comes first.
  const lanes = new Map<string, Waiting[]>()
  let running = 0
  let waiting = 0

  function take(): Waiting | undefined {
    const next = lanes.entries().next()
    if (next.done) return undefined
    const [lane, tasks] = next.value
    const task = tasks.shift()
    waiting--
    lanes.delete(lane)
    if (tasks.length > 0) lanes.set(lane, tasks)
    return task
  }

  /** A place has become free. */
  function release(): void {
    for (let task = take(); task; task = take()) {
      if (!task.isGone()) {
        // Takes over the place, so that the number stays the same.
        task.start()
        return
      }
      task.drop('gone')
    }
    running--
  }

  function dropGone(): void {
    for (const [lane, tasks] of lanes) {
      const left = tasks.filter((task) => {
        const isGone = task.isGone()
        if (isGone) task.drop('gone')
        return !isGone
      })
      waiting -= tasks.length - left.length
      if (left.length > 0) lanes.set(lane, left)
      else lanes.delete(lane)
    }
  }

  /** Whether the new task of this lane may wait. */
  function makeRoom(lane: string): boolean {
    if (waiting < maxWaiting) return true
    dropGone()
    if (waiting < maxWaiting) return true
    let longest: Waiting[] = []
    for (const tasks of lanes.values()) if (tasks.length > longest.length) longest = tasks
    const own = lanes.get(lane)?.length ?? 0
    if (longest.length <= own + 1) return false
    longest.pop()?.drop('full')
    waiting--
    return true
  }

  return {
    async run(task, lane, isGone) {
      if (running < concurrency) running++
      else {
        if (!makeRoom(lane)) return 'full'
        const why = await new Promise<'full' | 'gone' | undefined>((resolve) => {
          const tasks = lanes.get(lane)
          const own: Waiting = { isGone, start: () => resolve(undefined), drop: resolve }
          if (tasks) tasks.push(own)
          else lanes.set(lane, [own])
          waiting++
        })
        if (why !== undefined) return why
      }
      try {
        return { result: await task() }
      } finally {
        release()
      }
    },
  }
}
