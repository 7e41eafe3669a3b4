/** What Kubernetes and Docker put in place of a port: `tcp://10.96.0.1:80`. */
const linkValue = /^(?:tcp|udp|sctp):\/\/[^/@\s]{1,64}:[0-9]{1,5}$/
const linkSuffix =
  /^_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/
const linkPort = /^(\w+?)_PORT(?:_[0-9]+_(?:TCP|UDP|SCTP))?$/

/**
 * The service whose link is the value of a variable. For each service of its namespace, Kubernetes
 * sets seven and more variables in a container: for `orders`, ORDERS_PORT is `tcp://10.96.0.1:80`.
 * Source: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
export function linkedService(variable: string, text: string): string | undefined {
  const [, name] = linkPort.exec(variable) ?? []
  return name !== undefined && linkValue.test(text) ? serviceName(name) : undefined
}

/** What an operator can do about the variables of a service. */
export function linkHint(service: string, name: string = 'it'): string {
  return `Kubernetes sets ${name} for the service ${service}: set enableServiceLinks: false in the pod, or choose another name`
}

/** The service to which a variable belongs, by the names that Kubernetes always sets. */
export function serviceOf(
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (variable.length > 256) return undefined
  for (const { index } of variable.matchAll(/_(?=SERVICE_|PORT)/g)) {
    const name = variable.slice(0, index)
    if (!linkSuffix.test(variable.slice(index)) || !Object.hasOwn(env, `${name}_SERVICE_HOST`)) {
      continue
    }
    if (linkValue.test(`${env[`${name}_PORT`]}`)) return serviceName(name)
  }
  return undefined
}

function serviceName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}
