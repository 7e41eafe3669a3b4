/** `package.Service/Method`, from the path of a call. */
export const methodName = (path: string): string => (path.startsWith('/') ? path.slice(1) : path)

/** The service and the method of a method's full name. */
export function methodParts(name: string): { readonly service: string; readonly method: string } {
  const slash = name.lastIndexOf('/')
  return { service: name.slice(0, Math.max(slash, 0)), method: name.slice(slash + 1) }
}
