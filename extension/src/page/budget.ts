/**
 * How much of a page's time may be spent on looking for numbers. There is plenty for the first look at a large page; after that a small share of
 * the time that goes by, which grows smaller the more was spent: a page that never stops changing is looked at less and less often.
 */

const most = 1500;
const first = 1500;
/** Of each second, in milliseconds. */
const share = 30;
const leastShare = 3;
/** Spending so much halves the share. */
const halving = 4000;
/** A pause is over when there is enough again for a few slices. */
const worthwhile = 40;

export class Budget {
  private left = first;
  private spentAll = 0;
  private at: number;

  /** Times are milliseconds of one clock. */
  constructor(now: number) {
    this.at = now;
  }

  spend(milliseconds: number, now: number): void {
    this.refill(now);
    this.left -= milliseconds;
    this.spentAll += milliseconds;
  }

  /** Milliseconds until something may be done; 0 for at once. */
  wait(now: number): number {
    this.refill(now);
    return this.left > 0 ? 0 : Math.ceil(((worthwhile - this.left) / this.share) * 1000);
  }

  get spent(): number {
    return this.spentAll;
  }

  private get share(): number {
    return Math.max(leastShare, share / 2 ** Math.floor(this.spentAll / halving));
  }

  private refill(now: number): void {
    this.left = Math.min(most, this.left + ((now - this.at) / 1000) * this.share);
    this.at = now;
  }
}
