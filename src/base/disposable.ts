/**
 * Job: one owner for everything that must be released.
 * Rules: register a disposable when it is created; a store disposes in reverse order and only once.
 */

export interface Disposable {
  dispose(): void;
}

export class DisposableStore implements Disposable {
  private readonly owned: Disposable[] = [];
  private disposed = false;

  /** Takes ownership. Adding to a disposed store disposes at once, so nothing leaks in a race with the end. */
  add<T extends Disposable>(disposable: T): T {
    if (this.disposed) disposable.dispose();
    else this.owned.push(disposable);
    return disposable;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const disposable of this.owned.reverse()) disposable.dispose();
    this.owned.length = 0;
  }
}
