import { type Guard, type Operation, operationOf } from '../guard/guard.ts'
import type { Validator } from '../inputs/validator.ts'
import { type AuditRow, createAuditRow } from './audit-row.ts'

/** A class of a controller. */
export type NestClass = abstract new (...args: never[]) => object

const methodsKey: unique symbol = Symbol.for('@clew/security/nest-methods/v1') as never
const classKey: unique symbol = Symbol.for('@clew/security/nest-class/v1') as never

const validatorsKey: unique symbol = Symbol.for('@clew/security/nest-validators/v1') as never

interface Declared {
  readonly [validatorsKey]?: Map<PropertyKey, Validator>
  readonly [methodsKey]?: Map<PropertyKey, Guard>
  readonly [classKey]?: Guard
}

/** By name, not on the function: further decorators may put another function in its place. */
export function declareForMethod(prototype: object, name: PropertyKey, guard: Guard): void {
  declare(prototype, methodsKey, name, guard)
}

export function declareValidator(prototype: object, name: PropertyKey, validator: Validator): void {
  declare(prototype, validatorsKey, name, validator)
}

function declare(prototype: object, key: symbol, name: PropertyKey, value: unknown): void {
  if (!Object.hasOwn(prototype, key)) {
    Object.defineProperty(prototype, key, { value: new Map() })
  }
  ;(prototype as Record<symbol, Map<PropertyKey, unknown>>)[key]?.set(name, value)
}

export function declareForClass(target: object, guard: Guard): void {
  Object.defineProperty(target, classKey, { value: guard })
}

/** The guard that the method or the class of a handler declares. */
export function declaredGuard(controller: NestClass, handler: unknown): Guard | undefined {
  const prototypes = prototypesOf(controller)
  const declared = prototypes.map((each) =>
    Object.hasOwn(each, methodsKey) ? (each as Declared)[methodsKey] : undefined,
  )
  for (const [index, prototype] of prototypes.entries()) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (value !== handler) continue
      // A method that takes the place of an inherited one has the guard of that one.
      const guards = declared.slice(index).find((each) => each?.has(name))
      return guards?.get(name) ?? classGuard(controller)
    }
  }
  const hasGuardedMethods = declared.some((each) => each !== undefined)
  // A function that replaces the method on the instance: which guard it needs is not known.
  return hasGuardedMethods ? undefined : classGuard(controller)
}

/** The validator that the method of a handler declares. */
export function declaredValidator(controller: NestClass, handler: unknown): Validator | undefined {
  for (const prototype of prototypesOf(controller)) {
    const validators = Object.hasOwn(prototype, validatorsKey)
      ? (prototype as Declared)[validatorsKey]
      : undefined
    for (const [name, validator] of validators ?? []) {
      if (Object.getOwnPropertyDescriptor(prototype, name)?.value === handler) return validator
    }
  }
  return undefined
}

const classGuard = (controller: NestClass) => (controller as Declared)[classKey]

function prototypesOf(controller: NestClass): object[] {
  const prototypes: object[] = []
  let prototype = controller.prototype as object | null
  while (prototype !== null && prototype !== undefined && prototype !== Object.prototype) {
    prototypes.push(prototype)
    prototype = Object.getPrototypeOf(prototype)
  }
  return prototypes
}

/** In the order of Nest's `RequestMethod`. */
const methods = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'ALL',
  'OPTIONS',
  'HEAD',
  'SEARCH',
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'QUERY',
]

/** reflect-metadata, which Nest has loaded. */
const metadata = (key: string, target: object): unknown =>
  (Reflect as { getMetadata?(key: string, target: object): unknown }).getMetadata?.(key, target)

/** The routes of one controller, as its decorators declare them. */
export function nestRows(
  prefix: string,
  controller: NestClass,
  fallback: Operation | undefined,
): AuditRow[] {
  const rows: AuditRow[] = []
  const seen = new Set<string>()
  const bases = textsOf(metadata('path', controller))
  for (const prototype of prototypesOf(controller)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof value !== 'function' || name === 'constructor' || seen.has(name)) continue
      seen.add(name)
      const path = metadata('path', value)
      if (path === undefined) continue
      const method = methods[metadata('method', value) as number] ?? 'ALL'
      const operation = operationOf(declaredGuard(controller, value)) ?? fallback
      for (const base of bases) {
        for (const end of textsOf(path)) {
          rows.push(createAuditRow('route', method, joined(prefix, base, end), operation))
        }
      }
    }
  }
  return rows
}

const textsOf = (path: unknown): string[] => [path ?? ''].flat().map(String)

const joined = (...parts: readonly string[]): string =>
  `/${parts.flatMap((part) => part.split('/').filter((each) => each !== '')).join('/')}`
