/** As much of Miniflare as is used here; it is installed beside the other runtimes, where no compiler looks. */
export class Miniflare {
  constructor(options: Record<string, unknown>);
  readonly ready: Promise<URL>;
  dispose(): Promise<void>;
}
