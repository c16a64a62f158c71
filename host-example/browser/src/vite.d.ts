declare module "virtual:sample" {
  /** The files of the sample by path: `memory/…` and `sessions/…`. */
  const files: Readonly<Record<string, string>>;
  export default files;
}
