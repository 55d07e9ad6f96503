import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DataError } from '../../src/errors.js';
import { nodeFileSystem, removePartials } from '../../src/files/file-system.js';
import { readAll, readTensor, sourceOf } from '../../src/model/tensors.js';
import { seededRandom } from '../../src/random.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/runs/checkpoint.js';
import { bytesOf, encodeSafeTensors } from '../../src/runs/safetensors.js';
import { epochEndSchema } from '../../src/training/contracts/events.js';
import { inMemory } from '../helpers/checkpoints.js';
import { epochEnd } from '../helpers/events.js';
import { FAULTS, faultyFiles } from '../helpers/faulty-files.js';
import { MemoryDisk } from '../helpers/memory-disk.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const State = z.strictObject({ epoch: z.int(), loss: z.number() });
const checkpoint = (epoch: number) => ({
  tensors: sourceOf(new Map([['dense/kernel', { shape: [3], data: Float32Array.of(epoch, 0.1, -epoch) }]])),
  state: { epoch, loss: 0.1 + epoch / 3 },
});
const load = async (folder: string) => inMemory(await loadCheckpoint(nodeFileSystem, folder, 'last', State));
/** What {@link checkpoint} comes back as. */
const loaded = async (epoch: number) => ({ ...checkpoint(epoch), tensors: await readAll(checkpoint(epoch).tensors) });

describe('a checkpoint', () => {
  it('comes back as it was saved', async () => {
    const folder = temporaryFolder();
    await saveCheckpoint(nodeFileSystem, folder, 'last', checkpoint(1));
    expect(await load(folder)).toMatchObject({ ...(await loaded(1)), fallback: undefined });
  });

  it('is replaced by the next and kept as the previous one, with nothing else left', async () => {
    const folder = temporaryFolder();
    for (const epoch of [1, 2, 3]) await saveCheckpoint(nodeFileSystem, folder, 'last', checkpoint(epoch));
    expect(readdirSync(folder).sort()).toEqual(['last.previous.safetensors', 'last.safetensors']);
    expect((await load(folder)).state.epoch).toBe(3);
  });

  it('that is damaged gives way to the previous one, and says so', async () => {
    const folder = temporaryFolder();
    for (const epoch of [1, 2]) await saveCheckpoint(nodeFileSystem, folder, 'last', checkpoint(epoch));
    const last = path.join(folder, 'last.safetensors');
    const bytes = readFileSync(last);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(last, bytes);
    const found = await load(folder);
    expect(found.state.epoch).toBe(1);
    expect(found.fallback).toMatch(/last\.safetensors: its checksum does not match/);
  });

  it('of the longest run that a config may ask for can be read again', async () => {
    const folder = temporaryFolder();
    const epoch = { ...epochEnd(100_000), epochs: 100_000, emaValLoss: 1 / 3, emaValAccuracy: 1 / 3 };
    const history = Array.from({ length: 100_000 }, (_, i) => ({ ...epoch, epoch: i + 1 }));
    await saveCheckpoint(nodeFileSystem, folder, 'last', { ...checkpoint(1), state: { history } });
    const found = await loadCheckpoint(nodeFileSystem, folder, 'last', z.object({ history: z.array(epochEndSchema) }));
    expect((await inMemory(found)).state.history).toEqual(history);
  });

  it('that no reader would take is not written: the one before stays', async () => {
    const folder = temporaryFolder();
    await saveCheckpoint(nodeFileSystem, folder, 'last', checkpoint(1));
    for (const refused of [
      { ...checkpoint(2), state: { note: 'x'.repeat(100_000_000) } },
      {
        state: { epoch: 2, loss: 1 },
        tensors: sourceOf(new Map([['x'.repeat(1025), { shape: [0], data: new Float32Array() }]])),
      },
    ]) {
      await expect(saveCheckpoint(nodeFileSystem, folder, 'last', refused)).rejects.toThrow(DataError);
    }
    expect((await load(folder)).state.epoch).toBe(1);
    expect(readdirSync(folder)).toEqual(['last.safetensors']);
  });

  it.each([
    [
      'nested thousands of levels deep',
      '['.repeat(5000) + ']'.repeat(5000),
      /state cannot be trusted: .*nested more than/,
    ],
    ['that is no JSON', '{"epoch":', /state is not JSON/],
    ['with a key twice', '{"epoch":1,"epoch":2,"loss":0}', /state cannot be trusted: the key "epoch" occurs twice/],
  ])('with a state %s is refused in one line', async (_, json, message) => {
    const folder = temporaryFolder();
    const { tensors } = checkpoint(1);
    const names = JSON.stringify([json, [...tensors.shapes]]);
    const hash = createHash('sha256')
      .update(names)
      .update(bytesOf(await readTensor(tensors, 'dense/kernel')));
    const metadata = [
      ['format', 'fmnist-checkpoint-1'],
      ['sha256', hash.digest('hex')],
      ['state', json],
    ] as const;
    const chunks = encodeSafeTensors(await readAll(tensors), new Map(metadata));
    writeFileSync(path.join(folder, 'last.safetensors'), Buffer.concat(chunks));
    await expect(load(folder)).rejects.toThrow(message);
  });

  it('that is missing altogether is a clear error', async () => {
    await expect(load(temporaryFolder())).rejects.toThrow(/last\.safetensors: there is no such checkpoint/);
  });

  it('with one bit changed anywhere is refused', async () => {
    const folder = temporaryFolder();
    await saveCheckpoint(nodeFileSystem, folder, 'last', checkpoint(1));
    const last = path.join(folder, 'last.safetensors');
    const whole = readFileSync(last);
    const random = seededRandom(1, 'bits');
    for (let n = 0; n < 1000; n++) {
      const bytes = Buffer.from(whole);
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      writeFileSync(last, bytes);
      const outcome = await load(folder).catch((error: unknown) => error);
      // White space in the header may change without changing what it says.
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(DataError);
      else expect(outcome).toMatchObject(await loaded(1));
    }
  });

  it('outlives a power cut at any moment: the old one or the new one is there, whole', async () => {
    for (let k = 1; ; k++) {
      const disk = new MemoryDisk();
      for (const epoch of [1, 2]) await saveCheckpoint(disk, '/run', 'last', checkpoint(epoch));
      const files = faultyFiles(disk, k, 'crashAfter');
      const finished = await saveCheckpoint(files, '/run', 'last', checkpoint(3)).then(
        () => true,
        () => false,
      );
      for (let names = 0; names <= disk.pending; names++) {
        for (const share of [0, 0.5, 1]) {
          const after = disk.afterPowerCut(names, share);
          const { state, tensors } = await inMemory(await loadCheckpoint(after, '/run', 'last', State));
          expect(finished ? [3] : [2, 3]).toContain(state.epoch);
          expect(tensors).toEqual((await loaded(state.epoch)).tensors);
        }
      }
      if (!files.struck()) break;
    }
  });

  describe.each(FAULTS)('when the disk fails by %s at any call', (fault) => {
    it('is the old one or the new one, whole, and the next save works', async () => {
      for (let k = 1; ; k++) {
        const folder = temporaryFolder();
        for (const epoch of [1, 2]) await saveCheckpoint(nodeFileSystem, folder, 'last', checkpoint(epoch));
        const files = faultyFiles(nodeFileSystem, k, fault);
        const failed = await saveCheckpoint(files, folder, 'last', checkpoint(3)).then(
          () => false,
          () => true,
        );
        if (!files.struck()) {
          expect(k).toBeGreaterThan(6);
          break;
        }
        const { state, tensors } = await load(folder);
        expect(failed ? [2, 3] : [3]).toContain(state.epoch);
        expect(tensors).toEqual((await loaded(state.epoch)).tensors);

        await removePartials(nodeFileSystem, folder);
        expect(readdirSync(folder).filter((name) => !name.endsWith('.safetensors'))).toEqual([]);
        await saveCheckpoint(nodeFileSystem, folder, 'last', checkpoint(4));
        expect((await load(folder)).state.epoch).toBe(4);
      }
    });
  });
});
