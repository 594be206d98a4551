/** `cot-prune info`: what is built in and what it runs on; no model is needed. */

import { availableParallelism } from 'node:os'
import { buildInfo, devices } from '../index.js'

/** Print the facts, for people or as JSON. */
export function infoCommand(json: boolean): void {
  const facts = {
    ...buildInfo(),
    devices: devices(),
    threads: availableParallelism(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  }
  if (json) {
    console.log(JSON.stringify(facts, null, 2))
    return
  }
  const lines = [
    ['cot-prune', facts.version],
    ['llama.cpp', `${facts.llamaVersion} (${facts.llamaCommit})`],
    ['patch', `sha256 ${facts.patchSha256}`],
    ['backends', facts.backends.join(', ')],
    ...facts.devices.map(device => [
      'device',
      `${device.name}, ${device.type}: ${device.description}, ${memory(device)}`,
    ]),
    ['threads', `${facts.threads} available`],
    ['features', facts.systemInfo],
    ['runtime', `Node ${facts.node}, ${facts.platform}`],
  ]
  console.log(lines.map(([name = '', value]) => `${name.padEnd(11)}${value}`).join('\n'))
}

function memory(device: { readonly memoryFree: number; readonly memoryTotal: number }): string {
  const gibibytes = (bytes: number) => (bytes / 2 ** 30).toFixed(1)
  return `${gibibytes(device.memoryFree)} of ${gibibytes(device.memoryTotal)} GiB free`
}
