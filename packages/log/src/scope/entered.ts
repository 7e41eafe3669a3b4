import { frames } from '@clew/internal/requests/frame'
import { type Bindable, bindTo } from './binding.ts'
import { endJob, keepJob, type Opening, openJob } from './job.ts'

/** A scope that no function is around. */
export interface Entered {
  /** `fn` as a function that runs in the scope, also after somebody else's code. */
  bind<F extends Bindable>(fn: F): F
  /**
   * Ends the scope, once: the code that follows is where it was before. With an error, other than
   * null and undefined, the scope has failed.
   */
  end(error?: unknown): void
}

/** Opens a scope, in which the code that follows runs, until its end. */
export function enterScope(opening: Opening): Entered {
  const before = frames.getStore()
  const frame = openJob(opening)
  keepJob(frame)
  frames.enterWith(frame)
  let isOpen = true
  return {
    bind: (fn) => bindTo(frame, fn, 'log.enter().bind'),
    end(error) {
      if (!isOpen) return
      isOpen = false
      endJob(frame, error === undefined || error === null ? undefined : { error })
      // Not where something else was entered since, nor in the code of others who end it.
      if (frames.getStore() === frame) frames.enterWith(before as never)
    },
  }
}
