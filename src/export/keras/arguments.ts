/** Options as Keras' arguments: `beta1` is its `beta_1`, `kernelSize` its `kernel_size`. What is undefined is left out. */
export function kerasArguments(options: object): Record<string, unknown> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [snakeCase(name), value]));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`);
}
