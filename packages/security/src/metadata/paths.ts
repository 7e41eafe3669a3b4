/** A path of a route as OpenAPI writes it, and the names of its parameters. */
export interface PathTemplate {
  readonly path: string
  readonly parameters: readonly string[]
}

/**
 * `/orders/:id` as `/orders/{id}`. Undefined for what OpenAPI cannot say: wildcards, optional parts,
 * patterns.
 */
export function pathTemplate(route: string): PathTemplate | undefined {
  if (!route.startsWith('/')) return undefined
  const parameters: string[] = []
  const path = route.replace(/:(\w+)(?:\([^()/]*\))?/g, (_match, name: string) => {
    parameters.push(name)
    return `{${name}}`
  })
  return /[*?+()\\:[\]]|\{[^\w]|\{\w+[^\w}]/.test(path) ? undefined : { path, parameters }
}

/** The same for all names of parameters, and with or without a slash at the end. */
export const shapeOf = (path: string): string =>
  path.replace(/\{[^{}]*\}/g, '{}').replace(/(?<=.)\/$/, '')
