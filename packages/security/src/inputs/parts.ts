import type { StandardSchema } from './standard-schema.ts'

/** The parts of a request that are checked, in this order. */
export const parts = ['params', 'query', 'headers', 'body'] as const

export type Part = (typeof parts)[number]

/** Schemas of the parts of a request; a part without one is not looked at. */
export interface InputSchemas {
  /** The parameters of the route: strings by name. */
  readonly params?: StandardSchema
  /** The query: by name a string, or an array of strings if the name is repeated. */
  readonly query?: StandardSchema
  /** The headers: strings by name in lower case. */
  readonly headers?: StandardSchema
  /** The body; undefined if there is none. */
  readonly body?: StandardSchema
}

type OutputOf<S> = S extends { readonly '~standard': { readonly types?: infer T } }
  ? Exclude<T, undefined> extends { readonly output: infer O }
    ? O
    : unknown
  : never

/** What the schemas have made of a request. */
export type Inputs<S extends InputSchemas> = {
  readonly [P in keyof S & Part]: OutputOf<S[P]>
}
