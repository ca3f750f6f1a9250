/**
 * Job: a forecast in words: for a gate, the report, the command line and the Run view.
 * Boundary: pure text.
 */
import type { BandPoint, Forecast, ForecastPolicy, GoingOn } from './forecastFacts.ts';
import { formatUsd, formatUsdLimit } from './forDisplay.ts';

type Band = Extract<Forecast, { kind: 'band' }>;

/** "84–91 %" */
export function rangeWords({ low, high }: Pick<BandPoint, 'low' | 'high'>): string {
  const [from, to] = [percent(low), percent(high)];
  return from === to ? `${from} %` : `${from}–${to} %`;
}

/** Down to a tenth where whole points would hide what is missing. */
function percent(rate: number): string {
  const points = rate * 100;
  return points > 99 && points < 99.95 ? points.toFixed(1) : points.toFixed(0);
}

/** "12 of 100 times"; never none of them, and never all. */
export function chanceWords(chance: number): string {
  if (chance < 0.01) return 'fewer than 1 of 100 times';
  return chance > 0.99 ? 'more than 99 of 100 times' : `${String(Math.round(chance * 100))} of 100 times`;
}

/** What the words are about: the hard limit where the forecast sees so far, else twice the spend. */
export function pointToTell({ atBudget, band }: Band): BandPoint | undefined {
  return atBudget ?? band.at(-1);
}

/** "$60 buys 84–91 % (90 of 100 times); 100 % in 3 of 100 times", or why nothing can be said; without a full stop. */
export function forecastBrief(forecast: Forecast): string {
  if (forecast.kind === 'reached') return 'the goal is reached';
  if (forecast.kind === 'tooEarly') return `Too early to say: ${forecast.missing}`;
  const point = pointToTell(forecast);
  if (point === undefined) return '';
  const goal = `${percent(forecast.goal)} % in ${chanceWords(point.goalChance)}`;
  return `${formatUsdLimit(roundUsd(point.costUsd))} buys ${rangeWords(point)} (90 of 100 times); ${goal}`;
}

/** The section of the report, a sentence each. */
export function forecastSentences(forecast: Forecast, policy: ForecastPolicy): readonly string[] {
  if (forecast.kind === 'reached') return [`The goal of ${percent(policy.goal)} % visible is reached.`];
  if (forecast.kind === 'tooEarly') return [`Too early to say: ${forecast.missing}.`];
  const point = pointToTell(forecast);
  if (point === undefined) return [];
  return [
    `${formatUsdLimit(roundUsd(point.costUsd))} in all buys ${rangeWords(point)} of the visible cases (90 of 100 times; half of the times at least ${percent(point.middle)} %). The best so far is ${percent(forecast.bestRate)} %.`,
    `The goal of ${percent(forecast.goal)} % is reached by then in ${chanceWords(point.goalChance)}.`,
    ...reachSentence(forecast, point),
    priceSentence(forecast),
    worthSentence(forecast, policy),
  ];
}

function reachSentence({ atBudget, budgetUsd }: Band, { costUsd }: BandPoint): readonly string[] {
  if (budgetUsd === null || atBudget !== null) return [];
  return budgetUsd > costUsd
    ? [`The limit is ${formatUsdLimit(budgetUsd)}; a forecast ends at twice what is spent.`]
    : [`That is beyond the limit of ${formatUsdLimit(budgetUsd)}, which is used up.`];
}

function priceSentence({ usdPerPoint }: Band): string {
  return usdPerPoint === null
    ? 'Hardly any further point is expected at any price within this forecast.'
    : `A further percentage point is expected to cost about ${formatUsd(usdPerPoint)}.`;
}

function worthSentence({ goingOn }: Band, { valueUsd }: ForecastPolicy): string {
  if (goingOn === null || valueUsd === undefined)
    return 'Whether that is worth it is not weighed: "forecast": { "valueUsd": … } in belay.json says what a solved task is worth to you.';
  const value = `with ${formatUsdLimit(valueUsd)} for a solved task`;
  if (goingOn.worthUsd >= 0)
    return `Going on is worth it, ${value}: ${formatUsd(goingOn.blockUsd)} more solve it in ${chanceWords(goingOn.chance)}${hoursWords(goingOn)}, worth ${formatUsd(goingOn.worthUsd)} more than its price.`;
  return goingOn.mayPayLater
    ? `No block of dollars within this forecast is worth its price, ${value}; the budget goes further, so nothing is held against the run yet.`
    : `Going on is not worth its price, ${value}.`;
}

function hoursWords({ hours }: GoingOn): string {
  return hours < 0.1 ? '' : `, in about ${hours.toFixed(1)} h`;
}

/** Why a gate opens; a sentence without a full stop. */
export function negativeWords(forecast: Band, { valueUsd = 0, hourUsd }: ForecastPolicy): string {
  const point = pointToTell(forecast);
  const now = forecast.band[0]?.costUsd ?? 0;
  if (point === undefined) return '';
  const price = `${formatUsd(point.costUsd - now)} more`;
  const hours = hourUsd > 0 ? ` and its hours at ${formatUsd(hourUsd)}` : '';
  return `going on is not worth its price: ${price}${hours} reach ${percent(forecast.goal)} % visible in ${chanceWords(point.goalChance)}, worth ${formatUsd(valueUsd * point.goalChance)} of the ${formatUsdLimit(valueUsd)} for a solved task`;
}

/** A limit is told as it was set, a multiple of the spend in whole dollars. */
function roundUsd(usd: number): number {
  return usd >= 10 ? Math.round(usd) : Math.round(usd * 100) / 100;
}
