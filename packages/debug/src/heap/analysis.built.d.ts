// Made from packages/debug/analysis by scripts/analysis.js.

/** A program for `node -e`: reads a snapshot from standard input, writes who keeps its memory alive. */
export declare const analysis: string
