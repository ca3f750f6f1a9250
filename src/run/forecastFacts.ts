/**
 * Job: the shapes of a forecast: what it is made from, what it says.
 * Boundary: types only, and a leaf. Dollars are the journal's, rates are shares 0–1.
 * Rules: H3 all of it is about the visible suite; no held-out figure has a place here.
 */

/** The best visible rate rose to `rate` by a verification when so much was spent. */
export interface Gain {
  readonly costUsd: number;
  readonly rate: number;
}

/** The best-so-far visible rate against cost: a step function. */
export interface ScoreCurve {
  /** The first verification, then each that was better than all before it, oldest first; at most limits.gainsInCurve. */
  readonly gains: readonly Gain[];
  /** What was spent at the newest verification. */
  readonly costUsd: number;
  /** How many versions were verified at different costs. */
  readonly looks: number;
  /** Cases of the suite at the newest. */
  readonly total: number;
}

/** What the supervisor gives a solved task, as `belay.json` says. */
export interface ForecastPolicy {
  /** The visible rate at which the task is solved, 0–1. */
  readonly goal: number;
  /** What a solved task is worth; absent: nobody said, so the forecast weighs nothing. */
  readonly valueUsd?: number;
  /** What an hour of waiting costs. */
  readonly hourUsd: number;
}

/** What the state of a run remembers for its forecast. */
export interface ForecastState {
  readonly curve: ScoreCurve;
  /** What a gate has told of last; null: none has. */
  readonly told: { readonly bestRate: number; readonly spentUsd: number; readonly hardUsd: number | null } | null;
}

/** In 90 of 100 times the best-so-far rate lies between `low` and `high` when so much is spent; in half of them below `middle`. */
export interface BandPoint {
  readonly costUsd: number;
  readonly low: number;
  readonly middle: number;
  readonly high: number;
  /** The chance to have reached the goal by then, 0–1. */
  readonly goalChance: number;
}

/** What going on is worth: the best of all blocks of further dollars within the band and the budget. */
export interface GoingOn {
  /** Value of the chance gained, less dollars and hours; below 0: no such block is worth its price. */
  readonly worthUsd: number;
  /** That block. */
  readonly blockUsd: number;
  /** The chance to reach the goal with it, 0–1. */
  readonly chance: number;
  readonly hours: number;
  /** The budget goes further than the band, and a block out there may be worth its price: nothing is held against the run. */
  readonly mayPayLater: boolean;
}

export type Forecast =
  | { readonly kind: 'tooEarly'; readonly missing: string }
  | { readonly kind: 'reached' }
  | {
      readonly kind: 'band';
      readonly bestRate: number;
      readonly goal: number;
      /** From now on to twice the spend, dearer and dearer; never beyond. The first is now. */
      readonly band: readonly BandPoint[];
      /** The hard limit of dollars; null: none. */
      readonly budgetUsd: number | null;
      /** Where the hard limit lies on the band; null: there is none ahead, or it lies beyond twice the spend. */
      readonly atBudget: BandPoint | null;
      /** Expected price of one more percentage point, over the whole band; null: hardly any is expected. */
      readonly usdPerPoint: number | null;
      /** null: the task gives a solved task no value. */
      readonly goingOn: GoingOn | null;
    };
