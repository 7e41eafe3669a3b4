import { readFileSync } from 'node:fs'
import type { Attributes } from '@opentelemetry/api'
import { variable } from './variable.ts'

/** Where the detectors look: variables and files of this machine. None asks the network. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv
  /** The content of a file; undefined if it cannot be read. */
  readonly read: (file: string) => string | undefined
}

const machine: Surroundings = {
  env: process.env,
  read(file) {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      return undefined
    }
  },
}

type Variables = Readonly<Record<string, string | undefined>>

/**
 * Container, Kubernetes and cloud, as far as variables and files tell: `container.*`, `k8s.*`,
 * `cloud.*`, `faas.*` and `heroku.*` of the semantic conventions.
 */
export function detectResource(surroundings: Surroundings = machine): Attributes {
  const { env } = surroundings
  return known({
    'container.id': containerId(surroundings),
    ...kubernetes(surroundings),
    ...(cloud((name) => variable(name, env)) ?? {}),
  })
}

function known(attributes: Variables): Attributes {
  const found: Attributes = {}
  for (const [name, value] of Object.entries(attributes)) {
    // Longer values are no ids or names.
    if (value !== undefined && value.length <= 255) found[name] = value
  }
  return found
}

/** From cgroup v1, which ends in the id, or from what cgroup v2 mounts from its folder. */
function containerId({ read }: Surroundings): string | undefined {
  const v1 = /[/:-]([0-9a-f]{64})(?:\.scope)?$/m.exec(read('/proc/self/cgroup') ?? '')
  if (v1 !== null) return v1[1]
  const mounts = read('/proc/self/mountinfo') ?? ''
  return /\/(?:containers|overlay-containers|sandboxes)\/([0-9a-f]{64})\//.exec(mounts)?.[1]
}

const namespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

/**
 * The variables that a pod is given through the downward API have no standard names: these are
 * common ones.
 */
function kubernetes({ env, read }: Surroundings): Variables {
  if (variable('KUBERNETES_SERVICE_HOST', env) === undefined) return {}
  const first = (...names: string[]) =>
    names.map((name) => variable(name, env)).find((value) => value !== undefined)
  return {
    'k8s.pod.name': first('K8S_POD_NAME', 'POD_NAME'),
    'k8s.pod.uid': first('K8S_POD_UID', 'POD_UID'),
    'k8s.namespace.name':
      first('K8S_NAMESPACE_NAME', 'K8S_NAMESPACE', 'POD_NAMESPACE') ??
      (read(namespaceFile)?.trim() || undefined),
    'k8s.node.name': first('K8S_NODE_NAME', 'NODE_NAME'),
    'k8s.container.name': first('K8S_CONTAINER_NAME', 'CONTAINER_NAME'),
    'k8s.deployment.name': first('K8S_DEPLOYMENT_NAME'),
  }
}

/** The first platform whose variables are set. */
function cloud(get: (name: string) => string | undefined): Variables | undefined {
  const isSet = (name: string) => get(name) !== undefined
  const aws = { 'cloud.provider': 'aws', 'cloud.region': get('AWS_REGION') }
  if (isSet('AWS_LAMBDA_FUNCTION_NAME')) {
    return {
      ...aws,
      'cloud.platform': 'aws_lambda',
      'faas.name': get('AWS_LAMBDA_FUNCTION_NAME'),
      'faas.version': get('AWS_LAMBDA_FUNCTION_VERSION'),
      'faas.instance': get('AWS_LAMBDA_LOG_STREAM_NAME'),
    }
  }
  if (isSet('ECS_CONTAINER_METADATA_URI_V4') || isSet('ECS_CONTAINER_METADATA_URI')) {
    return { ...aws, 'cloud.platform': 'aws_ecs' }
  }
  const gcp = { 'cloud.provider': 'gcp', 'cloud.account.id': get('GOOGLE_CLOUD_PROJECT') }
  if (isSet('GAE_SERVICE')) {
    return {
      ...gcp,
      'cloud.platform': 'gcp_app_engine',
      'faas.name': get('GAE_SERVICE'),
      'faas.version': get('GAE_VERSION'),
      'faas.instance': get('GAE_INSTANCE'),
    }
  }
  if (isSet('K_SERVICE') && isSet('K_REVISION')) {
    return {
      ...gcp,
      'cloud.platform': isSet('FUNCTION_TARGET') ? 'gcp_cloud_functions' : 'gcp_cloud_run',
      'faas.name': get('K_SERVICE'),
      'faas.version': get('K_REVISION'),
    }
  }
  if (isSet('CONTAINER_APP_NAME')) {
    return {
      'cloud.provider': 'azure',
      'cloud.platform': 'azure.container_apps',
      'faas.name': get('CONTAINER_APP_NAME'),
      'faas.version': get('CONTAINER_APP_REVISION'),
      'faas.instance': get('CONTAINER_APP_REPLICA_NAME'),
    }
  }
  if (isSet('WEBSITE_SITE_NAME')) {
    const isFunction = isSet('FUNCTIONS_EXTENSION_VERSION')
    return {
      'cloud.provider': 'azure',
      'cloud.platform': isFunction ? 'azure.functions' : 'azure.app_service',
      'cloud.region': get('REGION_NAME'),
      'faas.name': isFunction ? get('WEBSITE_SITE_NAME') : undefined,
      'faas.instance': isFunction ? get('WEBSITE_INSTANCE_ID') : undefined,
    }
  }
  if (isSet('DYNO') && isSet('HEROKU_APP_ID')) {
    return {
      'cloud.provider': 'heroku',
      'heroku.app.id': get('HEROKU_APP_ID'),
      'heroku.release.commit': get('HEROKU_SLUG_COMMIT'),
      'heroku.release.creation_timestamp': get('HEROKU_RELEASE_CREATED_AT'),
    }
  }
  return undefined
}
