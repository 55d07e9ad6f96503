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
