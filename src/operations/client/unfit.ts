/** A file of the user's that cannot be edited safely: whoever knows its name refuses it. */
export class Unfit extends Error {
  /** From one. */
  readonly line: number;

  constructor(why: string, text: string, offset: number) {
    super(why);
    this.line = text.slice(0, offset).split('\n').length;
  }
}
