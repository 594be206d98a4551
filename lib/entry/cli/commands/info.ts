/** `cot-prune info`: what is built in and what it runs on; no model is needed. */

import { addonInfo, buildInfo, type Cores, cores, devices, waitPolicy } from '../../../index.js'

const factsOf = () => ({
  ...buildInfo(),
  addonFile: addonInfo(),
  devices: devices(),
  threads: cores().usable,
  cores: cores(),
  waiting: waitPolicy(),
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
})

/** Print the facts, for people or as JSON. */
export function infoCommand(json: boolean): void {
  const facts = factsOf()
  if (json) {
    console.log(JSON.stringify(facts, null, 2))
    return
  }
  const lines = [
    ['cot-prune', facts.version],
    ['llama.cpp', `${facts.llamaVersion} (${facts.llamaCommit})`],
    ['patch', `sha256 ${facts.patchSha256}`],
    ['addon', `${facts.addon}: ${facts.addonFile.file}`],
    ...facts.addonFile.failed.map(line => ['', line]),
    ['backends', `${facts.backends.join(', ')}; CPU: ${facts.cpu}`],
    ...facts.devices.map(device => [
      'device',
      `${device.name}, ${device.type}: ${device.description}, ${memory(device)}`,
    ]),
    ...missingGpu(facts),
    ['threads', `${threadsText(facts.cores)}; at the end of a graph: ${facts.waiting}`],
    ['features', facts.systemInfo],
    ['runtime', `Node ${facts.node}, ${facts.platform}`],
  ]
  console.log(lines.map(([name = '', value]) => `${name.padEnd(11)}${value}`).join('\n'))
}

/** A build with CUDA where no GPU answers: computes on the CPU, and should say so. */
function missingGpu({ backends, devices }: ReturnType<typeof factsOf>): string[][] {
  if (!backends.includes('CUDA') || devices.some(device => device.type === 'gpu')) return []
  return [['', 'no GPU was found (nvidia-smi says more): everything runs on the CPU']]
}

function threadsText({ usable, schedulable, quota }: Cores): string {
  return `${usable} of ${schedulable} cores${quota === null ? '' : `, CPU quota ${quota}`}`
}

function memory(device: { readonly memoryFree: number; readonly memoryTotal: number }): string {
  const gibibytes = (bytes: number) => (bytes / 2 ** 30).toFixed(1)
  return `${gibibytes(device.memoryFree)} of ${gibibytes(device.memoryTotal)} GiB free`
}
