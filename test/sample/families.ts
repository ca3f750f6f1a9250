/**
 * Job: the families of questions to `ncal` that the bundled sample's cases are made of, each a list of forms: the same words
 * with dates, names or numbers drawn anew, so that every visible case has held-out duals.
 * Boundary: argument lists only; what `ncal` answers is recorded in `cases.ts`. Dates are always explicit: no answer
 * depends on the day it is asked.
 */
import type { Draw } from '../../src/base/draw.ts';

type Form = (draw: Draw) => readonly string[];

export interface Family {
  /** The tag of its cases. */
  readonly tag: string;
  /** Cases in each of the two suites. */
  readonly count: number;
  /** Taken in turn. */
  readonly forms: readonly Form[];
}

const monthNames = 'January February March April May June July August September October November December'.split(' ');

const unknownNames = 'foo j ju ma Smarch 0 never lundi 1.5 5x 12z winter Ma 3.0 jnuary Dc -'.split(' ');

/** `ncal` looks at the first three letters only. */
const misspelt = 'Janx Febuary Octember Jul- mayo decimal novel Aprilis Augustus marching junior sepia'.split(' ');

/** Country, year and month of the switch to the Gregorian calendar, as `ncal -p` lists them. */
const switches = (
  'AL-1912-11 AT-1583-10 AU-1752-9 BE-1582-12 BG-1916-3 CH-1655-2 CN-1911-12 CZ-1584-1 DE-1700-2 DK-1700-2 ES-1582-10 ' +
  'FI-1753-2 FR-1582-12 GB-1752-9 GR-1924-3 HU-1587-10 IS-1700-11 IT-1582-10 JP-1918-12 LV-1918-2 LU-1582-12 NL-1582-12 ' +
  'NO-1700-2 PL-1582-10 PT-1582-10 RO-1919-3 RU-1918-1 SE-1753-2 SI-1919-3 TR-1926-12'
)
  .split(' ')
  .map((text) => text.split('-') as [country: string, year: string, month: string]);

const month = (d: Draw) => String(d.whole(1, 12));
const modern = (d: Draw) => String(d.whole(1900, 2100));
const gregorian = (d: Draw) => String(d.chance(0.7) ? d.whole(1850, 2150) : d.whole(1753, 9999));
const julian = (d: Draw) => String(d.chance(0.3) ? d.whole(1, 999) : d.whole(1000, 1751));
const anyYear = (d: Draw) => (d.chance(0.15) ? julian(d) : gregorian(d));
const date = (d: Draw) => [month(d), anyYear(d)];
const gregorianDate = (d: Draw) => [month(d), gregorian(d)];
const yearAndMonth = (d: Draw) => `${modern(d)}-${String(d.whole(1, 12)).padStart(2, '0')}`;
const few = (d: Draw) => String(d.whole(1, 4));

function letterCase(d: Draw, word: string): string {
  return d.pick([word, word.toLowerCase(), word.toUpperCase()]);
}

/** A month of a country's switch, or one beside it. */
function nearSwitch(d: Draw): { readonly country: string; readonly date: readonly string[] } {
  const [country, year, at] = d.pick(switches);
  const beside = Math.min(12, Math.max(1, Number(at) + d.pick([0, 0, 0, 1, -1])));
  return { country, date: [String(beside), year] };
}

const months: readonly Family[] = [
  { tag: 'month', count: 20, forms: [date, date, date, (d) => ['-S', ...date(d)]] },
  { tag: 'month-upright', count: 20, forms: [(d) => ['-b', ...date(d)], (d) => ['-C', ...date(d)]] },
  {
    tag: 'month-name',
    count: 22,
    forms: [
      (d) => [letterCase(d, d.pick(monthNames)), modern(d)],
      (d) => [letterCase(d, d.pick(monthNames).slice(0, 3)), modern(d)],
      (d) => ['-b', d.pick(monthNames.filter((n) => n.length > 4)).slice(0, 4), modern(d)],
      (d) => ['-m', letterCase(d, d.pick(monthNames)), modern(d)],
      (d) => [d.pick(misspelt), modern(d)],
    ],
  },
  {
    tag: 'month-option',
    count: 20,
    forms: [
      (d) => ['-m', month(d), anyYear(d)],
      (d) => ['-b', '-d', yearAndMonth(d), '-m', month(d)],
      (d) => ['-d', yearAndMonth(d), '-m', `${month(d)}f`],
      (d) => ['-d', yearAndMonth(d), '-m', `${month(d)}p`],
      (d) => [`${month(d)}${d.pick(['f', 'p'])}`, modern(d)],
    ],
  },
  {
    tag: 'current-date',
    count: 16,
    forms: [
      (d) => ['-d', yearAndMonth(d)],
      (d) => ['-C', '-d', yearAndMonth(d)],
      (d) => ['-3', '-d', yearAndMonth(d)],
      (d) => ['-b', '-A', few(d), '-d', yearAndMonth(d)],
    ],
  },
];

const columns: readonly Family[] = [
  {
    tag: 'week-start',
    count: 20,
    forms: [
      (d) => ['-M', ...date(d)],
      (d) => ['-bM', ...date(d)],
      (d) => ['-b', '-S', ...date(d)],
      (d) => ['-M', '-3', ...gregorianDate(d)],
      (d) => ['-SM', ...date(d)],
    ],
  },
  {
    tag: 'week-number',
    count: 24,
    forms: [
      (d) => ['-w', ...gregorianDate(d)],
      (d) => ['-wM', ...gregorianDate(d)],
      (d) => ['-bw', ...gregorianDate(d)],
      (d) => ['-w', d.pick(['1', '12']), gregorian(d)],
      (d) => ['-wM', d.pick(['1', '12']), gregorian(d)],
      (d) => ['-bwM', ...gregorianDate(d)],
    ],
  },
  {
    tag: 'julian-day',
    count: 20,
    forms: [
      (d) => ['-j', ...date(d)],
      (d) => ['-bj', ...date(d)],
      (d) => ['-C', '-j', ...date(d)],
      (d) => ['-jM', ...date(d)],
      (d) => ['-j', '-3', ...gregorianDate(d)],
    ],
  },
];

const spans: readonly Family[] = [
  {
    tag: 'three-months',
    count: 20,
    forms: [
      (d) => ['-3', ...gregorianDate(d)],
      (d) => ['-3', d.pick(['1', '12']), modern(d)],
      (d) => ['-b3', String(d.whole(3, 11)), modern(d)],
      (d) => ['-C', '-3', d.pick(['1', '2', '12']), modern(d)],
    ],
  },
  {
    tag: 'before-after',
    count: 22,
    forms: [
      (d) => ['-A', few(d), ...gregorianDate(d)],
      (d) => ['-B', few(d), ...gregorianDate(d)],
      (d) => ['-A', few(d), '-B', few(d), ...gregorianDate(d)],
      (d) => ['-b', '-A', few(d), ...gregorianDate(d)],
      (d) => ['-C', '-B', few(d), ...gregorianDate(d)],
      (d) => ['-3', '-A', few(d), ...gregorianDate(d)],
      (d) => ['-y', '-B', `-${String(d.whole(1, 8))}`, modern(d)],
    ],
  },
  { tag: 'year', count: 12, forms: [(d) => [anyYear(d)], (d) => ['-M', gregorian(d)], (d) => ['-y', ...date(d)]] },
  {
    tag: 'year-upright',
    count: 9,
    forms: [(d) => ['-b', anyYear(d)], (d) => ['-C', gregorian(d)], (d) => ['-bM', gregorian(d)]],
  },
  { tag: 'year-julian-day', count: 6, forms: [(d) => ['-j', gregorian(d)], (d) => ['-bj', gregorian(d)]] },
];

const calendars: readonly Family[] = [
  {
    tag: 'easter',
    count: 20,
    forms: [
      (d) => ['-e', gregorian(d)],
      (d) => ['-o', gregorian(d)],
      (d) => ['-e', julian(d)],
      (d) => ['-Jo', gregorian(d)],
    ],
  },
  {
    tag: 'old-calendar',
    count: 12,
    forms: [(d) => [month(d), julian(d)], (d) => ['-J', ...gregorianDate(d)], (d) => ['-b', month(d), julian(d)]],
  },
  {
    tag: 'switch',
    count: 22,
    forms: [
      (d) => ['-s', nearSwitch(d).country, ...nearSwitch(d).date],
      (d) => withCountry(d, []),
      (d) => withCountry(d, ['-b']),
      (d) => withCountry(d, ['-j']),
    ],
  },
  { tag: 'country-list', count: 2, forms: [(d) => [`-${d.pick(['', 'b', 'h', 'j', 'M', 'w'])}p`]] },
];

function withCountry(d: Draw, options: readonly string[]): readonly string[] {
  const { country, date: at } = nearSwitch(d);
  return [...options, '-s', country, ...at];
}

const words: readonly Family[] = [
  {
    tag: 'spelling',
    count: 14,
    forms: [
      (d) => [...date(d), '-b'],
      (d) => [month(d), '-M', modern(d)],
      (d) => ['--', ...date(d)],
      (d) => ['-h', ...date(d)],
      (d) => [`-bA${few(d)}`, month(d), modern(d)],
      (d) => [month(d).padStart(2, '0'), modern(d)],
      (d) => ['-b', '-H', `${yearAndMonth(d)}-15`, ...date(d)],
    ],
  },
  {
    tag: 'error',
    count: 28,
    forms: [
      (d) => [String(d.whole(13, 99)), modern(d)],
      (d) => [d.pick(unknownNames), modern(d)],
      (d) => [month(d), d.pick(['0', '10000', '12345', '0000', '20000', '99999'])],
      (d) => [`${modern(d)}${d.pick(['x', 'a', 'y'])}`],
      (d) => [`-${d.pick('acfgiklnqrtuvxzDEFGIKLNOPQRTUVXYZ5679'.split(''))}`, ...date(d)],
      (d) => [...(d.chance(0.3) ? ['-b'] : []), `-${d.pick(['A', 'B', 'd', 'm', 's', 'H', 'W'])}`],
      (d) => ['-3', modern(d)],
      (d) => [...date(d), modern(d)],
      (d) => ['-C', `-${d.pick(['w', 'M', 'J', 'e', 'o', 'S', 'p'])}`, ...date(d)],
      (d) => ['-s', `${d.pick(['X', 'Q', 'Z'])}${d.pick(['A', 'B', 'Q', 'X'])}`, ...date(d)],
      (d) => ['-m', d.pick(unknownNames), modern(d)],
    ],
  },
];

/** In the order of the suite files. */
export const families: readonly Family[] = [...months, ...columns, ...spans, ...calendars, ...words];
