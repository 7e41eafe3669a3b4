import { html, scriptHash, styleHash } from './content.built.js'

/** The page of the console: the same for everybody. What it shows, it asks for. */
export const page: string = html

/** Allows nothing from elsewhere, no script or style but those of the page, and no text as markup. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `script-src ${scriptHash}`,
    `style-src ${styleHash}`,
    "connect-src 'self'",
    // The empty icon: without it, browsers ask the server for one.
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
}
