import type { PythonPackages } from './python.js';

/** The runtimes that exports are opened in. */
export const RUNTIMES: PythonPackages = {
  environment: 'export',
  install: {
    'tensorflow-cpu': '2.21.0',
    keras: '3.15.1',
    onnx: '1.23.2',
    onnxruntime: '1.32.0',
    safetensors: '0.8.0',
  },
  imports: ['tensorflow', 'keras', 'onnx', 'onnxruntime', 'safetensors'],
};
