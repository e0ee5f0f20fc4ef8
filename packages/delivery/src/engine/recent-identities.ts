/** The latest identities that were added, no more than `capacity` of them. */
export class RecentIdentities {
  private readonly identities = new Set<string>();

  constructor(private readonly capacity: number) {}

  add(identity: string): void {
    this.identities.add(identity);
    if (this.identities.size <= this.capacity) return;
    for (const oldest of this.identities) {
      this.identities.delete(oldest);
      return;
    }
  }

  has(identity: string): boolean {
    return this.identities.has(identity);
  }
}
