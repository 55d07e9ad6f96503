export { watchGpu } from '../engine/native/diagnose/gpu-use.js';
