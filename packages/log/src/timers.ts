// Taken when this file is loaded, and not from `globalThis`: test runners replace those for a while,
// and what waits for a replaced one never comes.
const timers: typeof import('node:timers') = process.getBuiltinModule('node:timers')

export let setImmediate: typeof timers.setImmediate = timers.setImmediate
export let setTimeout: typeof timers.setTimeout = timers.setTimeout
export let clearTimeout: typeof timers.clearTimeout = timers.clearTimeout
export let setInterval: typeof timers.setInterval = timers.setInterval
export let clearInterval: typeof timers.clearInterval = timers.clearInterval

/** Takes them anew, after one that did not come: this file was loaded while they were replaced. */
export function renewTimers(): void {
  setImmediate = timers.setImmediate
  setTimeout = timers.setTimeout
  clearTimeout = timers.clearTimeout
  setInterval = timers.setInterval
  clearInterval = timers.clearInterval
}
