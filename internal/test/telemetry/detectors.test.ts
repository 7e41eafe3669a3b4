import { expect, test } from '@jest/globals'
import { detectResource } from '../../src/telemetry/detectors.ts'

const id = 'a3bf90e006b2cb2fe0e3b9f0d9a1a3bf90e006b2cb2fe0e3b9f0d9a1abcdef01'
const detect = (env: Record<string, string> = {}, files: Record<string, string> = {}) =>
  detectResource({ env, read: (file) => files[file] })

test('nothing is known: nothing is added', () => {
  expect(detect()).toEqual({})
  expect(detect({ POD_NAME: 'a', NODE_NAME: 'b', AWS_REGION: 'eu-west-1', DYNO: 'web.1' })).toEqual(
    {},
  )
  expect(detectResource()).toEqual(expect.any(Object))
})

test.each([
  ['cgroup v1, Docker', '/proc/self/cgroup', `12:pids:/docker/${id}\n11:cpu:/docker/${id}\n`],
  ['cgroup v1, Kubernetes', '/proc/self/cgroup', `3:cpu:/kubepods/burstable/pod1f2e/${id}\n`],
  ['systemd, containerd', '/proc/self/cgroup', `0::/system.slice/cri-containerd-${id}.scope\n`],
  ['CRI-O', '/proc/self/cgroup', `0::/kubepods.slice/crio-${id}.scope\n`],
  [
    'cgroup v2, Docker',
    '/proc/self/mountinfo',
    `678 655 254:1 /docker/containers/${id}/hostname /etc/hostname rw\n`,
  ],
  [
    'cgroup v2, Podman',
    '/proc/self/mountinfo',
    `983 961 0:56 /containers/overlay-containers/${id}/userdata/hostname /etc/hostname rw\n`,
  ],
])('the container: %s', (_what, file, content) => {
  expect(detect({}, { [file]: content })).toEqual({ 'container.id': id })
})

test.each([
  ['/proc/self/cgroup', '0::/\n'],
  ['/proc/self/cgroup', '9:name=systemd:/user.slice/user-1000.slice/session-2.scope\n'],
  ['/proc/self/mountinfo', '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n'],
])('no container: %s %j', (file, content) => {
  expect(detect({}, { [file]: content })).toEqual({})
})

test('a pod, from the downward API and its service account', () => {
  const file = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'
  const inCluster = { KUBERNETES_SERVICE_HOST: '10.0.0.1' }
  expect(
    detect(
      {
        ...inCluster,
        K8S_POD_NAME: 'orders-1',
        POD_UID: 'u-1',
        NODE_NAME: 'n-1',
        K8S_CONTAINER_NAME: 'app',
      },
      { [file]: 'shop\n' },
    ),
  ).toEqual({
    'k8s.pod.name': 'orders-1',
    'k8s.pod.uid': 'u-1',
    'k8s.node.name': 'n-1',
    'k8s.container.name': 'app',
    'k8s.namespace.name': 'shop',
  })
  expect(detect({ ...inCluster, POD_NAMESPACE: 'other' }, { [file]: 'shop' })).toEqual({
    'k8s.namespace.name': 'other',
  })
  expect(detect({ ...inCluster, POD_NAME: 'x'.repeat(300) })).toEqual({})
})

test.each([
  [
    { AWS_LAMBDA_FUNCTION_NAME: 'f', AWS_LAMBDA_FUNCTION_VERSION: '7', AWS_REGION: 'eu-west-1' },
    {
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_lambda',
      'cloud.region': 'eu-west-1',
      'faas.name': 'f',
      'faas.version': '7',
    },
  ],
  [
    { ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/x' },
    { 'cloud.provider': 'aws', 'cloud.platform': 'aws_ecs' },
  ],
  [
    { K_SERVICE: 's', K_REVISION: 'r', K_CONFIGURATION: 'c' },
    {
      'cloud.provider': 'gcp',
      'cloud.platform': 'gcp_cloud_run',
      'faas.name': 's',
      'faas.version': 'r',
    },
  ],
  [
    { K_SERVICE: 's', K_REVISION: 'r', FUNCTION_TARGET: 'main' },
    {
      'cloud.provider': 'gcp',
      'cloud.platform': 'gcp_cloud_functions',
      'faas.name': 's',
      'faas.version': 'r',
    },
  ],
  [
    { GAE_SERVICE: 's', GAE_VERSION: 'v', GAE_INSTANCE: 'i', GOOGLE_CLOUD_PROJECT: 'p' },
    {
      'cloud.provider': 'gcp',
      'cloud.platform': 'gcp_app_engine',
      'cloud.account.id': 'p',
      'faas.name': 's',
      'faas.version': 'v',
      'faas.instance': 'i',
    },
  ],
  [
    { WEBSITE_SITE_NAME: 'w', REGION_NAME: 'West Europe' },
    {
      'cloud.provider': 'azure',
      'cloud.platform': 'azure.app_service',
      'cloud.region': 'West Europe',
    },
  ],
  [
    { WEBSITE_SITE_NAME: 'w', FUNCTIONS_EXTENSION_VERSION: '~4' },
    { 'cloud.provider': 'azure', 'cloud.platform': 'azure.functions', 'faas.name': 'w' },
  ],
  [
    { CONTAINER_APP_NAME: 'a', CONTAINER_APP_REVISION: 'a--1' },
    {
      'cloud.provider': 'azure',
      'cloud.platform': 'azure.container_apps',
      'faas.name': 'a',
      'faas.version': 'a--1',
    },
  ],
  [
    { DYNO: 'web.1', HEROKU_APP_ID: 'h' },
    { 'cloud.provider': 'heroku', 'heroku.app.id': 'h' },
  ],
])('a cloud: %j', (env, attributes) => {
  expect(detect(env)).toEqual(attributes)
})
