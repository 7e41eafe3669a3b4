import type { AnyKind, Kind } from './kind.ts'

/** A declaration: kinds, and groups of them. */
export interface Spec {
  readonly [key: string]: AnyKind | Spec
}

/** The type of the configuration that a declaration describes. */
export type Values<S extends Spec> = {
  readonly [K in keyof S]: S[K] extends Kind<infer T> ? T : S[K] extends Spec ? Values<S[K]> : never
}
