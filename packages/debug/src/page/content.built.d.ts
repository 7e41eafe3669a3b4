// Made from packages/debug/page by scripts/page.js.

/** The whole page, with its script and its style in it. */
export declare const html: string
/** Their hashes, as a Content-Security-Policy lists them. */
export declare const scriptHash: string
export declare const styleHash: string
