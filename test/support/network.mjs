// @ts-check
/**
 * Machines of a network, on one machine: network namespaces, each behind a link of its own to this one. Linux, root and iproute2 are
 * needed.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** @param {readonly string[]} args */
const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })

/** @type {typeof import('./network.d.mts').openMachine} */
export function openMachine(index) {
  const name = `cp${process.pid}n${index}`
  const [near, far] = [`${name}a`, `${name}b`]
  const subnet = `10.231.${process.pid % 256}`
  const [here, address] = [1, 2].map(host => `${subnet}.${4 * index + host}`)
  const close = () => {
    for (const args of [
      ['link', 'del', near],
      ['netns', 'del', name],
    ]) {
      try {
        ip(...args)
      } catch {
        // it was not made
      }
    }
  }
  try {
    ip('netns', 'add', name)
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name)
    ip('addr', 'add', `${here}/30`, 'dev', near)
    ip('link', 'set', near, 'up')
    ip('-n', name, 'addr', 'add', `${address}/30`, 'dev', far)
    ip('-n', name, 'link', 'set', far, 'up')
    ip('-n', name, 'link', 'set', 'lo', 'up')
  } catch (error) {
    close()
    throw error
  }
  /** @param {string} which */
  const bytes = which => Number(readFileSync(`/sys/class/net/${near}/statistics/${which}`, 'utf8'))
  return {
    address: address ?? '',
    wrap: ['ip', 'netns', 'exec', name],
    // the other side's: nobody is told, as when a cable is cut behind a switch
    cut: () => ip('-n', name, 'link', 'set', far, 'down'),
    join: () => ip('-n', name, 'link', 'set', far, 'up'),
    bytes: () => ({ sent: bytes('tx_bytes'), received: bytes('rx_bytes') }),
    packets: () => bytes('tx_packets') + bytes('rx_packets'),
    close,
  }
}

/** @type {typeof import('./network.d.mts').whyNoMachines} */
export function whyNoMachines() {
  if (process.platform !== 'linux') return 'network namespaces are Linux'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  try {
    openMachine(60).close()
    return null
  } catch (error) {
    return `no network namespace can be made: ${error instanceof Error ? error.message : error}`
  }
}
