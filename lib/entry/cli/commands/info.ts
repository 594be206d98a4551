/** `cot-prune info`: what is built in and what it runs on; no model is needed, and with one where its layers are. */

import {
  addonInfo,
  askRpcServers,
  buildInfo,
  type Cores,
  cores,
  devices,
  type ModelInfo,
  waitPolicy,
} from '../../../index.js'
import { modelPath, openModel, type PlacementFlags } from '../open-model.js'
import type { QuietFlag } from '../progress.js'

export interface InfoFlags extends PlacementFlags, QuietFlag {
  readonly model?: string
  readonly json?: boolean
}

const factsOf = async (flags: InfoFlags) => ({
  ...buildInfo(),
  addonFile: addonInfo(),
  devices: devices(),
  rpcServers: await askRpcServers(flags.rpc ?? []),
  model: await loadedModel(flags),
  threads: cores().usable,
  cores: cores(),
  waiting: waitPolicy(),
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
})

/** What is known of a model when it is loaded. */
async function loadedModel({ model: name, ...flags }: InfoFlags): Promise<ModelInfo | null> {
  if (name === undefined) return null
  const all = { ...flags, model: name }
  const model = await openModel(await modelPath(all), all)
  await model.close()
  return model.info
}

/** Print the facts, for people or as JSON. */
export async function infoCommand(flags: InfoFlags): Promise<void> {
  const facts = await factsOf(flags)
  if (flags.json) {
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
    ...facts.rpcServers.flatMap(({ address, devices: theirs }) =>
      theirs.map(device => ['rpc server', `${address}, ${memory(device)}`]),
    ),
    ...(facts.model === null ? [] : placed(facts.model)),
    ['threads', `${threadsText(facts.cores)}; at the end of a graph: ${facts.waiting}`],
    ['features', facts.systemInfo],
    ['runtime', `Node ${facts.node}, ${facts.platform}`],
  ]
  console.log(lines.map(([name = '', value]) => `${name.padEnd(11)}${value}`).join('\n'))
}

/** A build with CUDA where no GPU answers: computes on the CPU, and should say so. */
function missingGpu({ backends, devices }: Awaited<ReturnType<typeof factsOf>>): string[][] {
  if (!backends.includes('CUDA') || devices.some(device => device.type === 'gpu')) return []
  return [['', 'no GPU was found (nvidia-smi says more): everything runs on the CPU']]
}

/** `0 to 15: RPC0 10.0.0.2:50052`, a line for each run of layers that are together. */
function placed({ layerDevices, name, path }: ModelInfo): string[][] {
  const starts = layerDevices.flatMap((device, i) => (device === layerDevices[i - 1] ? [] : [i]))
  const output = layerDevices.length - 1
  const lines = starts.map((first, i) => {
    const last = (starts[i + 1] ?? layerDevices.length) - 1
    const layers = first === output ? [] : [`${first} to ${Math.min(last, output - 1)}`]
    const what = [...layers, ...(last === output ? ['the output'] : [])].join(' and ')
    return ['', `layers ${what}: ${layerDevices[first]}`]
  })
  return [['model', name || path], ...lines]
}

function threadsText({ usable, schedulable, quota }: Cores): string {
  return `${usable} of ${schedulable} cores${quota === null ? '' : `, CPU quota ${quota}`}`
}

function memory(device: { readonly memoryFree: number; readonly memoryTotal: number }): string {
  const gibibytes = (bytes: number) => (bytes / 2 ** 30).toFixed(1)
  return `${gibibytes(device.memoryFree)} of ${gibibytes(device.memoryTotal)} GiB free`
}
