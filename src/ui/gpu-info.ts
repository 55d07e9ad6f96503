import type { DeviceOutlook } from '../engine/native/diagnose/choice.js';
import type { DiagnosedEngine, Facts } from '../engine/native/diagnose/diagnose.js';
import type { Finding } from '../engine/native/diagnose/known-problems.js';
import type { NvidiaGpu } from '../engine/native/diagnose/nvidia.js';
import type { Row, Section } from './sections.js';

/** The report of `fmnist gpu-info` for people: the decision first, then the facts behind it. */
export function gpuInfoSections(
  facts: Facts,
  findings: readonly Finding[],
  devices: readonly DeviceOutlook[],
  choice: DeviceOutlook,
): Section[] {
  return [
    {
      title: `--device auto uses ${choice.device}`,
      rows: devices.map(({ device, state, what, fix }) => ({
        label: device,
        text: what,
        mark: state === 'no' ? 'bad' : state === 'ready' ? 'good' : 'note',
        fix,
      })),
    },
    { title: 'NVIDIA', rows: nvidiaRows(facts) },
    { title: 'Native TensorFlow', rows: facts.engines.map(engineRow) },
    {
      title: 'WebGPU',
      rows: facts.webgpu.works
        ? facts.webgpu.adapters.map((name) => ({ label: 'adapter', text: name, mark: 'good' }))
        : [{ label: 'adapters', text: `none: ${facts.webgpu.reason}`, mark: 'bad' }],
    },
    { title: 'This machine', rows: machineRows(facts) },
    {
      title: 'What is off',
      rows: findings.map(({ id, message, fix }) => ({ label: id, text: message, mark: 'note', fix })),
    },
  ];
}

function nvidiaRows({ nvidia, driverLibrary, visibleDevices }: Facts): Row[] {
  const visible: Row[] =
    visibleDevices === undefined ? [] : [{ label: 'visible', text: `CUDA_VISIBLE_DEVICES="${visibleDevices}"` }];
  if (nvidia.status === 'none') return [{ label: 'GPU', text: 'none found', mark: 'bad' }, ...visible];
  if (nvidia.status === 'no-driver') {
    return [{ label: 'driver', text: `none, for the card at PCI ${nvidia.card}`, mark: 'bad' }, ...visible];
  }
  if (nvidia.status === 'broken') return [{ label: 'driver', text: nvidia.reason, mark: 'bad' }, ...visible];
  const serves = nvidia.cuda === undefined ? '' : `, serves CUDA up to ${nvidia.cuda}`;
  const library = driverLibrary ? '' : '; its library libcuda.so.1 is not found';
  return [
    { label: 'driver', text: `${nvidia.driver}${serves}${library}`, mark: driverLibrary ? 'good' : 'bad' },
    ...nvidia.gpus.map(gpuRow),
    ...visible,
  ];
}

function gpuRow({ index, name, memoryMiB, usedMiB, utilization, computeCapability }: NvidiaGpu): Row {
  const facts = [
    name,
    `${usedMiB} of ${memoryMiB} MiB used`,
    ...(utilization === undefined ? [] : [`${utilization}% busy`]),
    ...(computeCapability === undefined ? [] : [`compute capability ${computeCapability}`]),
  ];
  return { label: `GPU ${index}`, text: facts.join(' · '), mark: 'good' };
}

function engineRow(engine: DiagnosedEngine): Row {
  const { source, variant, state, tensorflow, reason, seesGpu, folder, missingLibraries } = engine;
  const label = `${source === 'official' ? 'tfjs-node' : 'fmnist'} ${variant}`;
  const missing = missingLibraries.length > 0 ? `; not found: ${missingLibraries.join(', ')}` : '';
  if (state !== 'ready') {
    return { label, text: `${state}: ${reason}${missing}`, mark: state === 'broken' ? 'bad' : 'none' };
  }
  const gpu = seesGpu ? 'sees a GPU' : variant === 'gpu' ? 'sees no GPU' : 'for the CPU';
  const whose = source === 'official' ? ', a package that you have installed' : '';
  return {
    label,
    text: `TensorFlow ${tensorflow}, ${gpu}, in ${folder}${whose}${missing}`,
    mark: missing ? 'note' : 'good',
  };
}

function machineRows({ cpu, machine, node, container }: Facts): Row[] {
  const features = [
    ...(cpu.avx2 ? ['AVX2'] : []),
    ...(cpu.avx512 ? ['AVX-512'] : []),
    ...(cpu.avx512Bf16 ? ['AVX512-BF16'] : []),
    ...(cpu.amxBf16 ? ['AMX-BF16'] : []),
    ...(cpu.armBf16 ? ['BF16'] : []),
  ];
  const bfloat16 = cpu.avx512Bf16 || cpu.amxBf16 || cpu.armBf16;
  const where = [
    machine.platform,
    machine.arch,
    machine.libc,
    cpu.virtual ? 'virtual' : '',
    container ? 'container' : '',
  ];
  return [
    { label: 'CPU', text: `${cpu.model}, ${cpu.threads} threads` },
    { label: 'features', text: features.join(' ') || 'none that TensorFlow has special code for' },
    {
      label: 'bfloat16',
      text: bfloat16
        ? 'in hardware: --precision bfloat16 is often 1.2 to 1.7 times as fast'
        : 'not in hardware: --precision bfloat16 is slower',
    },
    { label: 'Node', text: node },
    { label: 'system', text: where.filter(Boolean).join(' ') },
  ];
}
