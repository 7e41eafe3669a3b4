/** A duration in messages: `3.0 s`, `12 s`. */
export const inSeconds = (ms: number): string =>
  ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`
