import { asCalled } from '../command-line.js';
import type { Context } from '../context.js';
import { autoDevice, type DeviceOutlook, deviceOutlooks } from '../engine/native/diagnose/choice.js';
import { diagnose, type Facts } from '../engine/native/diagnose/diagnose.js';
import { type Finding, findProblems } from '../engine/native/diagnose/known-problems.js';

/** What can compute on this machine. */
export interface Devices {
  readonly facts: Facts;
  readonly findings: readonly Finding[];
  /** What `auto` may take, best first. */
  readonly devices: readonly DeviceOutlook[];
  /** What it takes. */
  readonly choice: DeviceOutlook;
}

/** Looks at everything; downloads and changes nothing. */
export async function inspectDevices({ env, called }: Context): Promise<Devices> {
  const facts = await diagnose({ env });
  const problems = findProblems(facts);
  const findings = problems.map((finding) => ({ ...finding, fix: asCalled(finding.fix, called) }));
  const outlooks = await deviceOutlooks({ facts, env, cacheDir: undefined });
  const devices = outlooks.map((outlook) => ({
    ...outlook,
    fix: outlook.fix === undefined ? undefined : asCalled(outlook.fix, called),
  }));
  return { facts, findings, devices, choice: autoDevice(devices) };
}
