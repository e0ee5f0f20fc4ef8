/** A rule of the domain was broken. `code` is stable and safe to show; `field` names the input at fault, if one is. */
export abstract class DomainError extends Error {
  abstract readonly code: string;
  declare readonly field?: string;

  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}
