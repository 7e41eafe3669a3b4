/** What one `configure` has made, as far as the next one needs it. */
interface Stoppable {
  shutdown(): Promise<void>
}

/** Where all copies of a package find the latest one. */
export interface Slot {
  /** Settles when it has started. Stays after its shutdown, which can be asked for again. */
  current?: Promise<Stoppable>
}

/**
 * Starts something of which a process has one, once the one before is shut down. Calls that come
 * meanwhile follow in order; a start that failed leaves nothing to be replaced.
 */
export async function replaceCurrent<T extends Stoppable>(
  slot: Slot,
  start: () => Promise<T>,
): Promise<T> {
  const started = startAfter(slot.current, start)
  slot.current = started
  return started
}

async function startAfter<T>(
  before: Promise<Stoppable> | undefined,
  start: () => Promise<T>,
): Promise<T> {
  // Who called the earlier configure has its error.
  const replaced = await before?.catch(() => undefined)
  await replaced?.shutdown()
  return start()
}
