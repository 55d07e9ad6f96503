/** What `fmnist runs` can do. */
export const RUN_ACTIONS = ['list', 'show', 'compare', 'rm'] as const;
export type RunAction = (typeof RUN_ACTIONS)[number];

export interface RunsRequest {
  readonly names: readonly string[];
  readonly runsDir: string;
  readonly json: boolean;
  /** Whether a removal goes without asking. */
  readonly yes: boolean;
}

const ACTIONS = {
  list: async (request) => (await import('./list.js')).list(request),
  show: async (request) => (await import('./show.js')).show(request),
  compare: async (request) => (await import('./compare.js')).compare(request),
  rm: async (request) => (await import('./remove.js')).rm(request),
} satisfies Record<RunAction, (request: RunsRequest) => Promise<void>>;

export function runAction(action: RunAction, request: RunsRequest): Promise<void> {
  return ACTIONS[action](request);
}
