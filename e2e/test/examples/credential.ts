import * as security from '@clew/security'

const { key, record } = security.issueApiKey({ owner: 'tests' })

/** What callers send to the applications. */
export const credential: Readonly<Record<string, string>> = { 'x-api-key': key }

/** The variable from which the applications know it. */
export const keys: Readonly<Record<string, string>> = { API_KEYS: JSON.stringify([record]) }
