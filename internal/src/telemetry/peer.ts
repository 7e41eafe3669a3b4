/** What somebody has to do who uses an optional peer dependency that is not installed. */
export const peerHint = (name: string): string =>
  `this needs the package ${name}: npm install ${name}`
