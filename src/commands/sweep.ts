import { defineGroup } from '../flags/command.js';
import { command as finish } from './sweep/finish.js';
import { command as plan } from './sweep/plan.js';
import { command as report } from './sweep/report.js';
import { command as run } from './sweep/run.js';
import { command as show } from './sweep/show.js';
import { command as trial } from './sweep/trial.js';

export const command = defineGroup({
  name: 'sweep',
  describe: 'Plan and run many trainings: grid, random search, successive halving',
  subcommands: [run, show, report, finish, plan, trial],
  examples: [
    ['$0 sweep run study.json', 'Train every trial of a sweep file, or go on with it'],
    ['$0 sweep show study', 'Its trials, best first'],
    ['$0 sweep finish study', 'Test the best one, once'],
  ],
});
