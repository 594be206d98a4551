/** Provenance of results that nobody made. */

export const build = {
  version: '0',
  llamaCommit: '',
  llamaVersion: '',
  patchSha256: '',
  backends: ['CPU'],
  cpu: 'native',
  addon: 'local build',
  systemInfo: '',
}
