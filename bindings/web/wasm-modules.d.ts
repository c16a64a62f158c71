/** A WebAssembly module that is imported: platforms which allow that have compiled it. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
