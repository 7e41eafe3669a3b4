// Taken when this file is loaded, and not from `globalThis`: test runners replace those for a while,
// and what waits for a replaced one never comes.
const timers: typeof import('node:timers') = process.getBuiltinModule('node:timers')

export const setImmediate: typeof timers.setImmediate = timers.setImmediate
export const setTimeout: typeof timers.setTimeout = timers.setTimeout
export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout
export const setInterval: typeof timers.setInterval = timers.setInterval
export const clearInterval: typeof timers.clearInterval = timers.clearInterval
