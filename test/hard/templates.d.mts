import type { Random } from '../support/random.mjs'

export declare const hostile: Readonly<Record<string, string>>
export declare function templateOf(seed: number): string
export declare function templateOfLength(random: Random, length: number): string
