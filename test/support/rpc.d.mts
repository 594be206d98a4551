export interface RunningRpcServer {
  readonly address: string
  readonly port: number
  readonly pid: number
  /** Resolves when it has ended. @default 'SIGKILL' */
  kill(signal?: NodeJS.Signals): Promise<void>
}

/** Resolves when it answers. */
export function startRpcServer(options?: {
  /** @default any that is free */
  readonly port?: number
  /** @default '127.0.0.1' */
  readonly host?: string
  /** A command before it: `ip netns exec NAME`. */
  readonly wrap?: readonly string[]
}): Promise<RunningRpcServer>
