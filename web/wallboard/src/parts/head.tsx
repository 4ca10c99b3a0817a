import { useId } from 'preact/hooks';

import { type Place, useWay, type View } from '../address';
import { LANGUAGES, type Language, THEMES, type Theme } from '../preferences';
import type { Viewer } from '../session';
import { kindOf, type Today } from '../subject';
import { useWords } from '../words';
import { Icon, Mark } from './icons';
import { Link } from './link';
import { PeriodPicker, ZonePicker } from './pickers';
import { StatusMark } from './status';

export interface Choices {
  language: Language;
  onLanguage(language: Language): void;
  theme: Theme;
  onTheme(theme: Theme): void;
}

interface Props extends Choices {
  viewer: Viewer;
  onSignOut(): void;
}

export function Head({ viewer, onSignOut, ...choices }: Props) {
  const { texts } = useWords();
  const { go } = useWay();
  const toWall = () => {
    // A browser that will not fill the screen shows the same in its window.
    void document.documentElement.requestFullscreen?.().catch(() => undefined);
    go({ view: 'wall' });
  };
  const who = [texts.roles[viewer.role], viewer.user?.displayName].filter(Boolean).join(', ');
  return (
    <header class="head">
      <p class="brand">
        <Mark />
        <span>{texts.title}</span>
      </p>
      <p class="who">
        {who}
        {viewer.role !== 'ADMIN' && viewer.role !== 'SUPERADMIN' && ` · ${texts.partOnly}`}
      </p>
      <StatusMark />
      <button type="button" class="quiet" onClick={toWall} aria-label={texts.fullScreen}>
        <Icon name="expand" /> <span class="roomy">{texts.fullScreen}</span>
      </button>
      <Menu viewer={viewer} {...choices} onSignOut={onSignOut} />
    </header>
  );
}

function Menu({ viewer, language, onLanguage, theme, onTheme, onSignOut }: Props) {
  const { texts, format } = useWords();
  const id = useId();
  return (
    <>
      <button type="button" class="quiet" popovertarget={`${id}-menu`} aria-label={texts.menu}>
        <Icon name="gear" /> <span class="roomy">{texts.menu}</span>
      </button>
      <div id={`${id}-menu`} popover="auto" class="menu">
        <label for={`${id}-language`}>{texts.language}</label>
        <select
          id={`${id}-language`}
          value={language}
          onChange={(event) => onLanguage(event.currentTarget.value as Language)}
        >
          {LANGUAGES.map((each) => (
            <option key={each} value={each} lang={each}>
              {texts.languages[each]}
            </option>
          ))}
        </select>
        <label for={`${id}-theme`}>{texts.theme}</label>
        <select id={`${id}-theme`} value={theme} onChange={(event) => onTheme(event.currentTarget.value as Theme)}>
          {THEMES.map((each) => (
            <option key={each} value={each}>
              {texts.themes[each]}
            </option>
          ))}
        </select>
        <p class="lead">
          {texts.signIn.token}: {viewer.tokenName}
          {viewer.expiresAt && `, ${texts.until(format.instant(viewer.expiresAt))}`}
        </p>
        <button type="button" onClick={onSignOut}>
          {texts.signOut}
        </button>
      </div>
    </>
  );
}

export const VIEWS_OF: Record<ReturnType<typeof kindOf>, View[]> = {
  domain: ['overview', 'groups', 'agents', 'calls'],
  group: ['overview', 'agents', 'calls'],
  agent: ['overview', 'calls'],
};

interface BarProps {
  place: Place;
  view: View;
  viewer: Viewer;
  subject: Today | null | undefined;
}

/** Where one is, what one looks at, and of when. */
export function Bar({ place, view, viewer, subject }: BarProps) {
  const { texts } = useWords();
  const kind = kindOf(place);
  return (
    <div class="bar-row">
      <Path place={place} viewer={viewer} subject={subject} />
      <nav aria-label={texts.viewsLabel} class="views">
        {VIEWS_OF[kind].map((each) => (
          <Link key={each} to={{ view: each }} current={each === view}>
            {texts.views[each]}
          </Link>
        ))}
      </nav>
      <PeriodPicker />
      <ZonePicker domainZone={viewer.domain.timeZone} />
    </div>
  );
}

function Path({ place, viewer, subject }: Omit<BarProps, 'view'>) {
  const { texts } = useWords();
  const group = place.agent && place.group ? subject?.groups?.find(({ uuid }) => uuid === place.group) : undefined;
  const detail = [subject?.department?.name, ...(subject?.extensions?.map(({ extension }) => extension) ?? [])].filter(
    Boolean,
  );
  const away = kindOf(place) !== 'domain';
  return (
    <nav aria-label={texts.path} class="path">
      <ol>
        {away && (
          <li>
            <Link to={{ group: null, agent: null, view: place.agent && !place.group ? 'agents' : 'groups' }}>
              {viewer.domain.name}
            </Link>
          </li>
        )}
        {group && (
          <li>
            <Link to={{ agent: null, view: 'agents' }}>{group.name}</Link>
          </li>
        )}
        <li>
          <h1 aria-current={away ? 'page' : undefined}>
            {away ? (subject?.name ?? '…') : viewer.domain.name}
            {detail.length > 0 && <small>{detail.join(' · ')}</small>}
          </h1>
        </li>
      </ol>
    </nav>
  );
}
