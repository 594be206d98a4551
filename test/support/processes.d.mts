export declare function isRunning(pid: number): boolean
/** Whether it ends within some time. */
export declare function isGone(pid: number, millis?: number): Promise<boolean>
