import { useId, useMemo } from 'preact/hooks';

import { type Days, PRESETS, useWay } from '../address';
import { now } from '../clock';
import { useWords } from '../words';

const DAY = 86_400_000;

/** The local day of an instant, as dates are written in addresses. */
function dayIn(zone: string, instant: number): string {
  return new Intl.DateTimeFormat('sv', { timeZone: zone }).format(new Date(instant));
}

export function PeriodPicker() {
  const { texts, format } = useWords();
  const { place, go } = useWay();
  const id = useId();
  const { period } = place;
  const choose = (text: string) => {
    const preset = PRESETS.find((name) => name === text);
    go({ period: preset ?? { from: dayIn(format.zone, now() - 6 * DAY), to: dayIn(format.zone, now()) } });
  };
  return (
    <div class="picker">
      <label for={id}>{texts.period}</label>
      <select
        id={id}
        value={typeof period === 'string' ? period : 'DAYS'}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {PRESETS.map((preset) => (
          <option key={preset} value={preset}>
            {texts.periods[preset]}
          </option>
        ))}
        <option value="DAYS">{texts.days}</option>
      </select>
      {typeof period !== 'string' && <DayFields days={period} />}
    </div>
  );
}

function DayFields({ days }: { days: Days }) {
  const { texts } = useWords();
  const { go } = useWay();
  const id = useId();
  const set = (changes: Partial<Days>) => {
    const { from, to } = { ...days, ...changes };
    // While a date is typed it may be none; what ends before it begins ends as it begins.
    if (from && to) go({ period: from <= to ? { from, to } : changes.from ? { from, to: from } : { from: to, to } });
  };
  return (
    <>
      <label for={`${id}-from`}>{texts.from}</label>
      <input
        id={`${id}-from`}
        type="date"
        value={days.from}
        onChange={(event) => set({ from: event.currentTarget.value })}
      />
      <label for={`${id}-to`}>{texts.to}</label>
      <input id={`${id}-to`} type="date" value={days.to} onChange={(event) => set({ to: event.currentTarget.value })} />
    </>
  );
}

export function ZonePicker({ domainZone }: { domainZone: string }) {
  const { texts } = useWords();
  const { place, go } = useWay();
  const id = useId();
  const all = useMemo(() => Intl.supportedValuesOf('timeZone'), []);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const common = [...new Set([here, 'UTC', place.zone])].filter(
    (zone): zone is string => !!zone && zone !== domainZone,
  );
  return (
    <div class="picker">
      <label for={id}>{texts.zone}</label>
      <select
        id={id}
        class="zone"
        value={place.zone ?? ''}
        onChange={(event) => go({ zone: event.currentTarget.value || null })}
      >
        <optgroup label={texts.commonZones}>
          <option value="">{texts.zoneOfDomain(domainZone)}</option>
          {common.map((zone) => (
            <option key={zone} value={zone}>
              {zone}
            </option>
          ))}
        </optgroup>
        <optgroup label={texts.allZones}>
          {all
            .filter((zone) => !common.includes(zone) && zone !== domainZone)
            .map((zone) => (
              <option key={zone} value={zone}>
                {zone}
              </option>
            ))}
        </optgroup>
      </select>
    </div>
  );
}
