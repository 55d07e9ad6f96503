import type { RunAction, RunsRequest } from './request.js';

const ACTIONS = {
  list: async (request) => (await import('./list.js')).list(request),
  show: async (request) => (await import('./show.js')).show(request),
  compare: async (request) => (await import('./compare.js')).compare(request),
  rm: async (request) => (await import('./remove.js')).rm(request),
} satisfies Record<RunAction, (request: RunsRequest) => Promise<void>>;

export function runAction(action: RunAction, request: RunsRequest): Promise<void> {
  return ACTIONS[action](request);
}
