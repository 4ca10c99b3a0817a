import type { Language } from './preferences';

export const NOTHING = '–';
const LOCALES: Record<Language, string> = { en: 'en-GB', vi: 'vi-VN' };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Seconds as h:mm:ss, in every language alike. */
export function clockLength(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (part: number) => String(part).padStart(2, '0');
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** Numbers and instants as the language writes them, in one time zone. */
export class Format {
  private readonly locale: string;
  private readonly numbers: Intl.NumberFormat;
  private readonly percents: Intl.NumberFormat;
  private readonly changes: Intl.NumberFormat;
  private readonly shares: Intl.NumberFormat;
  private readonly times: Intl.DateTimeFormat;
  private readonly seconds: Intl.DateTimeFormat;
  private readonly instants: Intl.DateTimeFormat;
  private readonly relative: Intl.RelativeTimeFormat;

  constructor(
    language: Language,
    readonly zone: string,
  ) {
    const locale = LOCALES[language];
    const clock = { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    this.locale = locale;
    this.numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
    this.percents = new Intl.NumberFormat(locale, {
      style: 'percent',
      minimumFractionDigits: 1,
      maximumFractionDigits: 1,
    });
    this.changes = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, signDisplay: 'exceptZero' });
    this.shares = new Intl.NumberFormat(locale, {
      style: 'percent',
      maximumSignificantDigits: 3,
      signDisplay: 'exceptZero',
    });
    this.times = new Intl.DateTimeFormat(locale, clock);
    this.seconds = new Intl.DateTimeFormat(locale, { ...clock, second: '2-digit' });
    this.instants = new Intl.DateTimeFormat(locale, {
      ...clock,
      second: '2-digit',
      day: '2-digit',
      month: '2-digit',
      year: 'numeric',
    });
    this.relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' });
  }

  count = (value: number | null) => (value === null ? NOTHING : this.numbers.format(value));
  rate = (value: number | null) => (value === null ? NOTHING : this.percents.format(value));
  length = (seconds: number | null) => (seconds === null ? NOTHING : clockLength(seconds));
  change = (value: number) => this.changes.format(value).replace('-', '−');
  share = (value: number) => this.shares.format(value).replace('-', '−');
  time = (instant: string | number) => this.times.format(new Date(instant));
  timeOfDay = (instant: string | number) => this.seconds.format(new Date(instant));
  instant = (instant: string | number) => this.instants.format(new Date(instant));

  /** A local day, which has no zone. */
  day = (date: string, style: 'short' | 'long' = 'short') => {
    const parts =
      style === 'short'
        ? ({ day: '2-digit', month: '2-digit' } as const)
        : ({ weekday: 'short', day: '2-digit', month: '2-digit', year: 'numeric' } as const);
    return new Intl.DateTimeFormat(this.locale, { ...parts, timeZone: 'UTC' }).format(new Date(date));
  };

  weekday = (isoWeekday: number, style: 'short' | 'long' = 'short') =>
    // 5 January 1970 was a Monday.
    new Intl.DateTimeFormat(this.locale, { weekday: style, timeZone: 'UTC' }).format(new Date((isoWeekday + 3) * DAY));

  /** "2 min ago", in the coarsest unit that is not 0. */
  ago = (instant: string | number, now: number) => {
    const passed = Math.max(0, now - new Date(instant).getTime());
    if (passed < MINUTE) return this.relative.format(-Math.floor(passed / 1000), 'second');
    if (passed < HOUR) return this.relative.format(-Math.floor(passed / MINUTE), 'minute');
    if (passed < DAY) return this.relative.format(-Math.floor(passed / HOUR), 'hour');
    return this.relative.format(-Math.floor(passed / DAY), 'day');
  };
}
