export declare function damagedJson(seed: number, text: string): Uint8Array
