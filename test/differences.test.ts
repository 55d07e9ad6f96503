import { describe, expect, it } from 'vitest';
import { differences } from '../src/differences.js';

describe('what differs between configs', () => {
  it('is told by path, down to lists, with what is missing', () => {
    const a = { training: { epochs: 3, batchSize: 32 }, layers: [{ type: 'dense', units: 10 }] };
    const b = { training: { epochs: 4, batchSize: 32 }, layers: [{ type: 'dense', units: 12 }, { type: 'flatten' }] };
    expect(differences([a, b])).toEqual([
      { path: 'training.epochs', values: ['3', '4'] },
      { path: 'layers[0].units', values: ['10', '12'] },
      { path: 'layers[1].type', values: [undefined, '"flatten"'] },
    ]);
    expect(differences([a, a, a])).toEqual([]);
    expect(differences([JSON.parse('{"__proto__":1,"a":2}'), { a: 2 }])).toEqual([
      { path: '__proto__', values: ['1', undefined] },
    ]);
  });

  it('tells a block that one of them lacks as one difference where that is asked for', () => {
    const patient = { training: { epochs: 3, earlyStopping: { patience: 2, minDelta: 0 } } };
    expect(differences([{ training: { epochs: 3 } }, patient], { missing: 'block' })).toEqual([
      { path: 'training.earlyStopping', values: [undefined, '{"patience":2,"minDelta":0}'] },
    ]);
  });
});
