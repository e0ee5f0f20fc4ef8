/** The latest identities that were added, no more than `capacity` of them. */
export class RecentIdentities {
  private readonly known = new Set<string>();
  /** The same in the order in which they came; behind the last place it begins again at the first. */
  private readonly places: string[] = [];
  private next = 0;

  constructor(private readonly capacity: number) {}

  add(identity: string): void {
    if (this.known.has(identity)) return;
    const oldest = this.places[this.next];
    if (oldest !== undefined) this.known.delete(oldest);
    this.known.add(identity);
    this.places[this.next] = identity;
    this.next = (this.next + 1) % this.capacity;
  }

  has(identity: string): boolean {
    return this.known.has(identity);
  }
}
